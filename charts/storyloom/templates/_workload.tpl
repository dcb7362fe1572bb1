{{- /* Which secret files a process reads: environment variable without prefix and _FILE, and "concern/key" (JSON). Takes root, service, role. */ -}}
{{- define "storyloom.secretFiles" -}}
{{- $files := dict
  "SERVICE_TOKEN" (printf "service-tokens/%s" .service)
  "POSTGRES__PASSWORD" (printf "postgres/%s" .service)
-}}
{{- $_ := merge $files (include "storyloom.redis.files" .root | fromJson) -}}
{{- if eq .role "api" -}}
{{- $callers := get (dict "auth" (list "notification" "story") "story" (list "notification") "notification" (list "auth" "story")) .service -}}
{{- range $callers -}}
{{- $_ := set $files (printf "CALLERS__%s" (upper .)) (printf "service-tokens/%s" .) -}}
{{- end -}}
{{- if and (ne .service "auth") .root.Values.secrets.serviceTokens.operatorKey -}}
{{- $_ := set $files "CALLERS__OPERATOR" "service-tokens/operator" -}}
{{- end -}}
{{- if eq .service "auth" -}}
{{- $_ := set $files "JWT__KEY" "jwt/key" -}}
{{- $_ := set $files "REFRESH__KEY" "keys/refresh" -}}
{{- $_ := set $files "OTP__KEY" "keys/otp" -}}
{{- if .root.Values.secrets.jwt.otherKey -}}
{{- $_ := set $files "JWT__OTHER_KEY" "jwt/other" -}}
{{- end -}}
{{- if .root.Values.secrets.keys.otherRefreshKey -}}
{{- $_ := set $files "REFRESH__OTHER_KEY" "keys/other-refresh" -}}
{{- end -}}
{{- end -}}
{{- else if eq .service "notification" -}}
{{- if .root.Values.notification.smtp.existingSecret -}}
{{- $_ := set $files "SMTP__USER" "smtp/user" -}}
{{- $_ := set $files "SMTP__PASSWORD" "smtp/password" -}}
{{- end -}}
{{- if .root.Values.notification.smtp.caSecret -}}
{{- $_ := set $files "SMTP__CA" "smtp-ca/ca.crt" -}}
{{- end -}}
{{- end -}}
{{- toJson $files -}}
{{- end -}}

{{- /* The environment variables for secret files. Takes prefix, files (a dict as above). */ -}}
{{- define "storyloom.secretEnv" -}}
{{- $prefix := .prefix -}}
{{- range $variable, $path := .files }}
- {name: {{ $prefix }}__{{ $variable }}_FILE, value: {{ include "storyloom.secretPath" $path }}}
{{- end }}
{{- end -}}

{{- /* The container of a service. Takes root, service, role, own (the workload's values), files. */ -}}
{{- define "storyloom.container" -}}
{{- $prefix := upper .service -}}
- name: {{ .role }}
  {{- include "storyloom.image" (dict "root" .root "name" (printf "%s-service" .service) "digest" (get .root.Values .service).image.digest) | nindent 2 }}
  args: [{{ .role }}]
  env:
    - {name: {{ $prefix }}__SETTINGS_FILE, value: /etc/storyloom/settings.toml}
    {{- if eq .role "worker" }}
    # Nobody calls a worker, so it stops reading at once.
    - {name: {{ $prefix }}__DRAIN_MS, value: "0"}
    {{- end }}
    {{- include "storyloom.secretEnv" (dict "prefix" $prefix "files" .files) | trim | nindent 4 }}
    {{- with .own.extraEnv }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports:
    {{- if eq .role "api" }}
    - {name: http, containerPort: 8080}
    - {name: grpc, containerPort: 9090}
    {{- end }}
    - {name: ops, containerPort: 9100}
  {{- include "storyloom.probes" "ops" | nindent 2 }}
  resources:
    {{- toYaml .own.resources | nindent 4 }}
  {{- include "storyloom.securityContext" (dict "root" .root "pod" .own.pod) | nindent 2 }}
  volumeMounts:
    - {name: settings, mountPath: /etc/storyloom, readOnly: true}
    {{- include "storyloom.secretMount" "secrets" | nindent 4 }}
    {{- if and (eq .role "api") (eq .root.Values.ratelimit.mode "sidecar") }}
    - {name: ratelimit-socket, mountPath: /run/storyloom}
    {{- end }}
    {{- with .own.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- /* The rate limiter's container. Takes root, own (pod values). */ -}}
{{- define "storyloom.ratelimiter" -}}
{{- $limits := .root.Values.ratelimit -}}
{{- $sidecar := eq $limits.mode "sidecar" -}}
{{- $files := include "storyloom.redis.files" .root | fromJson -}}
- name: ratelimit
  {{- include "storyloom.image" (dict "root" .root "name" "ratelimit-sidecar" "digest" $limits.image.digest) | nindent 2 }}
  args: [serve]
  {{- if $sidecar }}
  restartPolicy: Always
  {{- end }}
  env:
    - {name: RATELIMIT__SETTINGS_FILE, value: /etc/storyloom-ratelimit/settings.toml}
    {{- with $files }}
    {{- include "storyloom.secretEnv" (dict "prefix" "RATELIMIT" "files" .) | trim | nindent 4 }}
    {{- end }}
  ports:
    {{- if not $sidecar }}
    - {name: grpc, containerPort: 9090}
    {{- end }}
    - {name: ops-ratelimit, containerPort: 9101}
  {{- include "storyloom.probes" "ops-ratelimit" | nindent 2 }}
  resources:
    {{- toYaml $limits.resources | nindent 4 }}
  {{- include "storyloom.securityContext" (dict "root" .root "pod" .own) | nindent 2 }}
  volumeMounts:
    - {name: ratelimit-settings, mountPath: /etc/storyloom-ratelimit, readOnly: true}
    {{- if $files }}
    {{- include "storyloom.secretMount" "ratelimit-secrets" | nindent 4 }}
    {{- end }}
    {{- if $sidecar }}
    - {name: ratelimit-socket, mountPath: /run/storyloom}
    {{- end }}
{{- end -}}

{{- define "storyloom.ratelimiter.volumes" -}}
- name: ratelimit-settings
  configMap: {name: {{ include "storyloom.fullname" . }}-ratelimit}
{{- with values (include "storyloom.redis.files" . | fromJson) | sortAlpha }}
{{ include "storyloom.secretVolume" (dict "root" $ "volume" "ratelimit-secrets" "secrets" .) | trim }}
{{- end }}
{{- end -}}

{{- /* The Deployment of a role of a service. Takes root, service, role, component, own (the workload's values). */ -}}
{{- define "storyloom.deployment" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $api := eq .role "api" -}}
{{- $sidecar := and $api (eq $values.ratelimit.mode "sidecar") -}}
{{- $files := include "storyloom.secretFiles" . | fromJson -}}
{{- $inits := "" -}}
{{- if eq $values.migrations.mode "initContainer" -}}
{{- $inits = include "storyloom.migration.container" (dict "root" $root "service" .service "volume" "migrate-secrets") -}}
{{- end -}}
{{- if $sidecar -}}
{{- $inits = printf "%s\n%s" $inits (include "storyloom.ratelimiter" (dict "root" $root "own" .own.pod)) -}}
{{- end -}}
{{- $annotations := dict "checksum/settings" (include "storyloom.config" . | sha256sum) -}}
{{- if $sidecar -}}
{{- $_ := set $annotations "checksum/ratelimit" (include "storyloom.config.ratelimit" $root | sha256sum) -}}
{{- end -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "storyloom.metadata" (dict "root" $root "component" .component "name" .component) | nindent 2 }}
spec:
  {{- if $api }}
  {{- if not .own.autoscaling.enabled }}
  replicas: {{ .own.replicas }}
  {{- end }}
  {{- else if eq (include "storyloom.scaler" (dict "root" $root "scaling" .own.scaling)) "fixed" }}
  replicas: {{ .own.scaling.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels:
      {{- include "storyloom.selector" . | nindent 6 }}
  template:
    {{- $pod := dict "root" $root "component" .component "pod" .own.pod "secrets" (values $files) "annotations" $annotations "spread" true }}
    {{- $_ := set $pod "initContainers" $inits }}
    {{- $_ := set $pod "containers" (include "storyloom.container" (merge (dict "files" $files) .)) }}
    {{- $_ := set $pod "volumes" (include "storyloom.volumes" (merge (dict "sidecar" $sidecar) .)) }}
    {{- /* What the process takes at most: it goes on serving, then finishes what is under way. */}}
    {{- $_ := set $pod "grace" (ternary (add $values.drainSeconds 40) (add (dig "drainSeconds" 0 .own) 20) $api) }}
    {{- include "storyloom.pod" $pod | nindent 4 }}
{{- end -}}

{{- /* Secrets are a volume for each container, so that none sees more than it needs. Takes root, service, own, sidecar. */ -}}
{{- define "storyloom.volumes" -}}
- name: settings
  configMap: {name: {{ include "storyloom.fullname" .root }}-{{ .service }}}
{{- if eq .root.Values.migrations.mode "initContainer" }}
{{- $files := include "storyloom.migration.files" . | fromJson }}
{{ include "storyloom.secretVolume" (dict "root" .root "volume" "migrate-secrets" "secrets" (values $files)) | trim }}
{{- end }}
{{- if .sidecar }}
{{ include "storyloom.ratelimiter.volumes" .root }}
- name: ratelimit-socket
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- end }}
{{- with .own.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* The Service of an API's REST port, and a headless one for gRPC: each new connection goes to any of the pods. Takes root, component, http. */ -}}
{{- define "storyloom.services" -}}
{{- if .http }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "storyloom.metadata" (dict "root" .root "component" .component "name" .component) | nindent 2 }}
spec:
  selector:
    {{- include "storyloom.selector" . | nindent 4 }}
  ports:
    - {name: http, port: 8080, targetPort: http, appProtocol: http}
    - {name: grpc, port: 9090, targetPort: grpc, appProtocol: kubernetes.io/h2c}
{{- end }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "storyloom.metadata" (dict "root" .root "component" .component "name" (printf "%s-headless" .component)) | nindent 2 }}
spec:
  clusterIP: None
  selector:
    {{- include "storyloom.selector" . | nindent 4 }}
  ports:
    - {name: grpc, port: 9090, targetPort: grpc, appProtocol: kubernetes.io/h2c}
{{- end -}}

{{- define "storyloom.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "storyloom.metadata" (dict "root" .root "name" .service) | nindent 2 }}
data:
  settings.toml: |
    {{- include "storyloom.config" . | trim | nindent 4 }}
{{- end -}}

{{- define "storyloom.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "storyloom.metadata" (dict "root" .root "component" .component "name" .component) | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "storyloom.selector" . | nindent 6 }}
{{- end -}}

{{- /* Takes root, component, min, max, targetCPU. */ -}}
{{- define "storyloom.hpa" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "storyloom.metadata" (dict "root" .root "component" .component "name" .component) | nindent 2 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "storyloom.fullname" .root }}-{{ .component }}}
  minReplicas: {{ .min }}
  maxReplicas: {{ .max }}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: {{ .targetCPU }}}}
{{- end -}}
