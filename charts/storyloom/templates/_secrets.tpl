{{- /* Every secret by concern: the Secret's name, whose it is, and which key there is which of ours (JSON). */ -}}
{{- define "storyloom.secrets" -}}
{{- $values := .Values -}}
{{- $fullname := include "storyloom.fullname" . -}}
{{- $secrets := $values.secrets -}}
{{- $concerns := dict
  "jwt" (dict "own" $secrets.jwt.existingSecret "keys" (dict "key" $secrets.jwt.key "other" $secrets.jwt.otherKey))
  "keys" (dict "own" $secrets.keys.existingSecret "keys" (dict
    "refresh" $secrets.keys.refreshKey "other-refresh" $secrets.keys.otherRefreshKey "otp" $secrets.keys.otpKey))
  "service-tokens" (dict "own" $secrets.serviceTokens.existingSecret "keys" (dict
    "auth" $secrets.serviceTokens.authKey "story" $secrets.serviceTokens.storyKey "notification" $secrets.serviceTokens.notificationKey
    "operator" $secrets.serviceTokens.operatorKey))
  "postgres" (dict "own" $values.postgresql.existingSecret "keys" (dict "postgres" $values.postgresql.keys.admin
    "auth" $values.postgresql.keys.auth "auth-owner" $values.postgresql.keys.authOwner
    "story" $values.postgresql.keys.story "story-owner" $values.postgresql.keys.storyOwner
    "notification" $values.postgresql.keys.notification "notification-owner" $values.postgresql.keys.notificationOwner))
  "postgres-ca" (dict "own" $values.postgresql.caSecret "keys" (dict "ca.crt" $values.postgresql.caKey))
  "redis" (dict "own" $values.redis.existingSecret "keys" (dict "password" $values.redis.passwordKey))
  "redis-ca" (dict "own" $values.redis.external.caSecret "keys" (dict "ca.crt" $values.redis.external.caKey))
  "smtp" (dict "own" $values.notification.smtp.existingSecret "keys" (dict
    "user" $values.notification.smtp.userKey "password" $values.notification.smtp.passwordKey))
  "smtp-ca" (dict "own" $values.notification.smtp.caSecret "keys" (dict "ca.crt" $values.notification.smtp.caKey))
  "elasticsearch" (dict "own" $values.elasticsearch.existingSecret "keys" (dict
    "user" $values.elasticsearch.userKey "password" $values.elasticsearch.passwordKey))
  "elasticsearch-ca" (dict "own" $values.elasticsearch.caSecret "keys" (dict "ca.crt" $values.elasticsearch.caKey))
-}}
{{- if eq $values.postgresql.mode "cnpg" -}}
{{- $_ := set $concerns "postgres-admin" (dict "own" (printf "%s-postgres-superuser" $fullname) "late" true "keys" (dict "postgres" "password")) -}}
{{- end -}}
{{- range $concern, $secret := $concerns -}}
{{- $_ := set $secret "name" ($secret.own | default (printf "%s-%s" $fullname $concern)) -}}
{{- end -}}
{{- toJson $concerns -}}
{{- end -}}

{{- /* Which secret is the administrator's password. */ -}}
{{- define "storyloom.adminSecret" -}}
{{- if eq .Values.postgresql.mode "cnpg" -}}postgres-admin/postgres{{- else -}}postgres/postgres{{- end -}}
{{- end -}}

{{- /* Whether Redis wants a password; empty if not. */ -}}
{{- define "storyloom.redisHasPassword" -}}
{{- if or (eq .Values.redis.mode "internal") .Values.redis.existingSecret -}}yes{{- end -}}
{{- end -}}

{{- /* Which secret files whoever speaks to Redis reads: setting and "concern/key" (JSON). */ -}}
{{- define "storyloom.redis.files" -}}
{{- $files := dict -}}
{{- if include "storyloom.redisHasPassword" . -}}
{{- $_ := set $files "REDIS__PASSWORD" "redis/password" -}}
{{- end -}}
{{- if include "storyloom.redis.hasCa" . -}}
{{- $_ := set $files "REDIS__CA" "redis-ca/ca.crt" -}}
{{- end -}}
{{- toJson $files -}}
{{- end -}}

{{- /* Where a secret's file is. */ -}}
{{- define "storyloom.secretPath" -}}/run/secrets/storyloom/{{ . }}{{- end -}}

{{- /*
A volume with the files of `secrets`, a list of "concern/key". Takes root, secrets, volume (its name), foreign. A Secret that
is made after the pod is waited for. One that is the user's own is there, and what it lacks our process names itself.
*/ -}}
{{- define "storyloom.secretVolume" -}}
{{- if .secrets }}
{{- $catalogue := include "storyloom.secrets" .root | fromJson }}
{{- $files := .secrets }}
{{- /* Whoever signs in to PostgreSQL sees whether it is the right one. */}}
{{- if and $.root.Values.postgresql.caSecret (not .foreign) (regexMatch "(^| )postgres" (join " " $files)) }}
{{- $files = append $files "postgres-ca/ca.crt" }}
{{- end }}
- name: {{ .volume | default "secrets" }}
  projected:
    defaultMode: 0440
    sources:
      {{- range $concern, $secret := $catalogue }}
      {{- $items := list }}
      {{- range $key, $there := $secret.keys }}
      {{- $path := printf "%s/%s" $concern $key }}
      {{- if has $path $files }}
      {{- $items = append $items (dict "key" $there "path" $path) }}
      {{- end }}
      {{- end }}
      {{- with $items }}
      - secret:
          name: {{ $secret.name }}
          {{- if and $secret.own (not $secret.late) (not $.foreign) }}
          optional: true
          {{- end }}
          items:
            {{- range . }}
            - {key: {{ .key }}, path: {{ .path }}}
            {{- end }}
      {{- end }}
      {{- end }}
{{- end }}
{{- end -}}

{{- /* Takes the volume's name. */ -}}
{{- define "storyloom.secretMount" -}}
- {name: {{ . }}, mountPath: /run/secrets/storyloom, readOnly: true}
{{- end -}}
