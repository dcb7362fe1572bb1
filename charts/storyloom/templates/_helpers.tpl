{{- define "storyloom.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* The prefix of every name. _validate.tpl holds it to 32 characters, which all suffixes leave room for. */ -}}
{{- define "storyloom.fullname" -}}
{{- $name := include "storyloom.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name -}}
{{- end -}}
{{- end -}}

{{- define "storyloom.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- /* Labels that never change: selectors. Takes root, component. */ -}}
{{- define "storyloom.selector" -}}
app.kubernetes.io/name: {{ include "storyloom.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "storyloom.labels" -}}
{{ include "storyloom.selector" . }}
app.kubernetes.io/part-of: storyloom
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name (.root.Chart.Version | replace "+" "_") }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* The metadata of an object. Takes root, component, name (a suffix, or full for the whole), annotations, namespace. */ -}}
{{- define "storyloom.metadata" -}}
name: {{ .full | default (printf "%s-%s" (include "storyloom.fullname" .root) .name) }}
{{- if ne .namespace "-" }}
namespace: {{ .namespace | default (include "storyloom.namespace" .root) }}
{{- end }}
labels:
  {{- include "storyloom.labels" . | nindent 2 }}
{{- $annotations := merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* A settings file. Takes a dict: keys of the top level, and sections as dicts. */ -}}
{{- define "storyloom.toml" -}}
{{- range $key, $value := . -}}
{{- if not (kindIs "map" $value) }}
{{ $key }} = {{ include "storyloom.toml.value" $value }}
{{- end -}}
{{- end -}}
{{- range $section, $values := . -}}
{{- if kindIs "map" $values }}

[{{ $section }}]
{{- range $key, $value := $values }}
{{ $key }} = {{ include "storyloom.toml.value" $value }}
{{- end -}}
{{- end -}}
{{- end }}
{{ end -}}

{{- define "storyloom.toml.value" -}}
{{- if kindIs "string" . -}}{{ toRawJson . }}{{- else -}}{{ include "storyloom.plain" . }}{{- end -}}
{{- end -}}

{{- /* A value as text; whole numbers never in exponent form. */ -}}
{{- define "storyloom.plain" -}}
{{- if kindIs "float64" . -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{- /* A memory quantity (Ki, Mi, Gi, k, M, G or none) in bytes. */ -}}
{{- define "storyloom.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- $number := regexFind "^[0-9]+" (toString .) -}}
{{- $unit := trimPrefix $number (toString .) -}}
{{- mul (int64 $number) (int64 (get $units $unit)) -}}
{{- end -}}

{{- /* Whether a worker is scaled by KEDA, by an HPA, or not. Takes root, scaling. */ -}}
{{- define "storyloom.scaler" -}}
{{- if and (eq .scaling.mode "keda") (not .root.Values.keda.enabled) -}}fixed{{- else -}}{{ .scaling.mode }}{{- end -}}
{{- end -}}

{{- define "storyloom.storageClass" -}}
{{- with .own | default .root.Values.global.storageClass }}
storageClassName: {{ . }}
{{- end }}
{{- end -}}
