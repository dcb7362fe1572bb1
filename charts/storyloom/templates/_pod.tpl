{{- /*
The metadata and spec of every pod: one place for security, placement and volumes. Takes
  root, component
  pod          the workload's own values, over podDefaults
  containers, initContainers, volumes   as YAML
  secrets      "concern/key" of those that are mounted
  grace        terminationGracePeriodSeconds
  restartPolicy, serviceAccount, spread (whether replicas spread), annotations
  foreign      whether it runs a program that is not ours: a new version of ours must not restart it
*/ -}}
{{- define "storyloom.pod" -}}
{{- $defaults := deepCopy .root.Values.podDefaults -}}
{{- $pod := mergeOverwrite $defaults (deepCopy (.pod | default dict)) -}}
metadata:
  labels:
    {{- include "storyloom.podLabels" . | nindent 4 }}
    {{- with $pod.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $annotations := merge (dict) (.annotations | default dict) $pod.annotations .root.Values.commonAnnotations }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ .serviceAccount | default (include "storyloom.fullname" .root) }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .root.Values.global.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext:
    {{- toYaml $pod.podSecurityContext | nindent 4 }}
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  {{- with .grace }}
  terminationGracePeriodSeconds: {{ . }}
  {{- end }}
  {{- with $pod.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $pod.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $pod.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $pod.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .spread }}
  {{- with $pod.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    - {{- toYaml (omit . "labelSelector" "matchLabelKeys") | nindent 6 }}
      labelSelector:
        matchLabels:
          {{- include "storyloom.selector" $ | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- end }}
  {{- end }}
  {{- with .initContainers }}
  initContainers:
    {{- . | trim | nindent 4 }}
  {{- end }}
  containers:
    {{- .containers | trim | nindent 4 }}
  {{- $volumes := printf "%s\n%s" (.volumes | default "" | trim) (include "storyloom.secretVolume" .) | trim }}
  {{- with $volumes }}
  volumes:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "storyloom.podLabels" -}}
{{ include "storyloom.selector" . }}
app.kubernetes.io/part-of: storyloom
{{- if not .foreign }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{- end }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* The security context of every container. Takes root, pod. */ -}}
{{- define "storyloom.securityContext" -}}
{{- $own := dig "securityContext" (dict) (.pod | default dict) -}}
securityContext:
  {{- toYaml (mergeOverwrite (deepCopy .root.Values.podDefaults.securityContext) (deepCopy $own)) | nindent 2 }}
{{- end -}}

{{- /* Probes of our own binaries, on the port with this name. */ -}}
{{- define "storyloom.probes" -}}
startupProbe:
  httpGet: {path: /startupz, port: {{ . }}}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 60
readinessProbe:
  httpGet: {path: /readyz, port: {{ . }}}
  periodSeconds: 3
  timeoutSeconds: 2
  failureThreshold: 2
livenessProbe:
  httpGet: {path: /livez, port: {{ . }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{- /* Probes by a command. Takes command (a list), slow (how long a start may take, in seconds). */ -}}
{{- define "storyloom.commandProbes" -}}
startupProbe:
  exec: {command: {{ toJson .command }}}
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: {{ .slow }}
readinessProbe:
  exec: {command: {{ toJson .command }}}
  periodSeconds: 5
  timeoutSeconds: 5
livenessProbe:
  exec: {command: {{ toJson .command }}}
  periodSeconds: 15
  timeoutSeconds: 10
  failureThreshold: 6
{{- end -}}
