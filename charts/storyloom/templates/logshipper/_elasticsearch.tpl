{{- /* Whether there is a Job that sets Elasticsearch up; empty if not. */ -}}
{{- define "storyloom.esSetup" -}}
{{- if and .Values.elasticsearch.hosts .Values.elasticsearch.setupJob.enabled -}}yes{{- end -}}
{{- end -}}

{{- /* Whether logs are shipped; empty if not. */ -}}
{{- define "storyloom.shipper" -}}
{{- if and .Values.elasticsearch.hosts (eq .Values.logShipper.kind "filebeat") -}}yes{{- end -}}
{{- end -}}

{{- define "storyloom.shipper.namespace" -}}
{{- .Values.logShipper.namespace | default (printf "%s-logs" (include "storyloom.fullname" .)) -}}
{{- end -}}

{{- /* Which secret files the way to Elasticsearch needs (JSON). */ -}}
{{- define "storyloom.elasticsearch.secrets" -}}
{{- $files := list -}}
{{- if .Values.elasticsearch.existingSecret -}}
{{- $files = list "elasticsearch/user" "elasticsearch/password" -}}
{{- end -}}
{{- if .Values.elasticsearch.caSecret -}}
{{- $files = append $files "elasticsearch-ca/ca.crt" -}}
{{- end -}}
{{- toJson $files -}}
{{- end -}}
