{{- /* Which secret files a migration reads, as storyloom.secretFiles. Takes root, service. */ -}}
{{- define "storyloom.migration.files" -}}
{{- $files := dict "POSTGRES__PASSWORD" (printf "postgres/%s-owner" .service) -}}
{{- if .root.Values.migrations.bootstrap -}}
{{- $_ := set $files "BOOTSTRAP__PASSWORD" (include "storyloom.adminSecret" .root) -}}
{{- $_ := set $files "BOOTSTRAP__ROLE_PASSWORD" (printf "postgres/%s" .service) -}}
{{- end -}}
{{- toJson $files -}}
{{- end -}}

{{- /* Takes root, service, volume (with the secrets). */ -}}
{{- define "storyloom.migration.container" -}}
{{- $files := include "storyloom.migration.files" . | fromJson -}}
{{- $values := .root.Values -}}
{{- $prefix := upper .service -}}
- name: migrate
  {{- include "storyloom.image" (dict "root" .root "name" (printf "%s-service" .service) "digest" (get $values .service).image.digest) | nindent 2 }}
  args: [migrate{{ if $values.migrations.bootstrap }}, --bootstrap{{ end }}]
  env:
    - name: {{ $prefix }}__POSTGRES__URL
      value: {{ include "storyloom.postgres.url" (dict "root" .root "role" (printf "%s_owner" .service) "schema" .service) | quote }}
    {{- if $values.migrations.bootstrap }}
    - name: {{ $prefix }}__BOOTSTRAP__URL
      value: {{ include "storyloom.postgres.url" (dict "root" .root "role" $values.postgresql.admin "schema" .service) | quote }}
    {{- end }}
    - {name: {{ $prefix }}__SERVICE__ENVIRONMENT, value: {{ $values.service.environment | quote }}}
    - {name: {{ $prefix }}__TELEMETRY__LEVEL, value: {{ $values.observability.logs.level | quote }}}
    - {name: {{ $prefix }}__TELEMETRY__FORMAT, value: {{ $values.observability.logs.format | quote }}}
    {{- include "storyloom.secretEnv" (dict "prefix" $prefix "files" $files) | trim | nindent 4 }}
  resources:
    {{- toYaml $values.migrations.resources | nindent 4 }}
  {{- include "storyloom.securityContext" (dict "root" .root) | nindent 2 }}
  volumeMounts:
    {{- include "storyloom.secretMount" .volume | nindent 4 }}
{{- end -}}

{{- /*
A Job whose name has the hash of its pod, since a Job's pod cannot be changed: another image or setting is another
Job. Takes root, component, name, deadline, pod (for storyloom.pod).
*/ -}}
{{- define "storyloom.job" -}}
{{- $pod := include "storyloom.pod" (merge (dict "restartPolicy" "Never") .pod) -}}
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "storyloom.metadata" (dict "root" .root "component" .component "name" (printf "%s-%s" .name (sha256sum $pod | trunc 8))) | nindent 2 }}
spec:
  backoffLimit: 6
  activeDeadlineSeconds: {{ .deadline }}
  template:
    {{- $pod | nindent 4 }}
{{- end -}}
