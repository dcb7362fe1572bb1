{{- /* Which path belongs to which API; auth-service answers what is nobody else's. */ -}}
{{- define "storyloom.routes" -}}
{{- if .Values.story.enabled }}
{{- range list "preferences" "schedules" "stories" "usage" "webhooks" }}
/v1/{{ . }}: story-api
{{- end }}
{{- end }}
{{- if .Values.auth.enabled }}
/: auth
{{- end }}
{{- end -}}
