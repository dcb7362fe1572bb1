{{- /* Takes root, and either name (of an image of ours) with digest, or image (registry, repository, tag, digest). */ -}}
{{- define "storyloom.image" -}}
{{- $values := .root.Values -}}
{{- $registry := "" -}}{{- $repository := "" -}}{{- $tag := "" -}}{{- $digest := "" -}}
{{- if .name -}}
{{- $registry = $values.image.registry -}}
{{- $repository = printf "%s/%s" $values.image.repository .name -}}
{{- $tag = $values.image.tag | default .root.Chart.AppVersion -}}
{{- $digest = .digest -}}
{{- else -}}
{{- $registry = .image.registry -}}
{{- $repository = .image.repository -}}
{{- $tag = .image.tag -}}
{{- $digest = .image.digest -}}
{{- end -}}
{{- $registry = $values.global.imageRegistry | default $registry -}}
image: {{ with $registry }}{{ . }}/{{ end }}{{ $repository }}{{ if $digest }}@{{ $digest }}{{ else }}:{{ $tag }}{{ end }}
imagePullPolicy: {{ $values.image.pullPolicy | default "IfNotPresent" }}
{{- end -}}
