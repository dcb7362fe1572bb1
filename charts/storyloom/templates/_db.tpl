{{- define "storyloom.postgres.host" -}}
{{- $postgresql := .Values.postgresql -}}
{{- if eq $postgresql.mode "external" -}}
{{- $postgresql.external.host -}}
{{- else if eq $postgresql.mode "cnpg" -}}
{{- printf "%s-postgres-rw" (include "storyloom.fullname" .) -}}
{{- else -}}
{{- printf "%s-postgres" (include "storyloom.fullname" .) -}}
{{- end -}}
{{- end -}}

{{- define "storyloom.postgres.port" -}}
{{- if eq .Values.postgresql.mode "external" -}}{{ .Values.postgresql.external.port }}{{- else -}}5432{{- end -}}
{{- end -}}

{{- /* The database as a role sees it. Takes root, role, schema. */ -}}
{{- define "storyloom.postgres.url" -}}
{{- $postgresql := .root.Values.postgresql -}}
{{- $address := printf "%s:%s" (include "storyloom.postgres.host" .root) (include "storyloom.postgres.port" .root) -}}
postgres://{{ .role }}@{{ $address }}/{{ $postgresql.database }}?options=-csearch_path%3D{{ .schema }}&sslmode={{ $postgresql.sslMode }}
{{- if $postgresql.caSecret -}}&sslrootcert={{ include "storyloom.secretPath" "postgres-ca/ca.crt" }}{{- end -}}
{{- end -}}

{{- define "storyloom.redis.host" -}}
{{- $redis := .Values.redis -}}
{{- if eq $redis.mode "external" -}}{{ $redis.external.host }}{{- else -}}{{ include "storyloom.fullname" . }}-redis{{- end -}}
{{- end -}}

{{- define "storyloom.redis.port" -}}
{{- if eq .Values.redis.mode "external" -}}{{ .Values.redis.external.port }}{{- else -}}6379{{- end -}}
{{- end -}}

{{- define "storyloom.redis.database" -}}
{{- if eq .Values.redis.mode "external" -}}{{ .Values.redis.external.database }}{{- else -}}0{{- end -}}
{{- end -}}

{{- /* Whether Redis is spoken to over TLS; empty if not. */ -}}
{{- define "storyloom.redis.tls" -}}
{{- if and (eq .Values.redis.mode "external") .Values.redis.external.tls -}}yes{{- end -}}
{{- end -}}

{{- /* Whether an authority of the user's own vouches for Redis; empty if not. */ -}}
{{- define "storyloom.redis.hasCa" -}}
{{- if and (include "storyloom.redis.tls" .) .Values.redis.external.caSecret -}}yes{{- end -}}
{{- end -}}

{{- define "storyloom.redis.url" -}}
{{ ternary "rediss" "redis" (eq (include "storyloom.redis.tls" .) "yes") }}://{{ include "storyloom.redis.host" . }}:{{ include "storyloom.redis.port" . }}/{{ include "storyloom.redis.database" . }}
{{- end -}}
