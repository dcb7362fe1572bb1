{{- /* What the init-secrets Job makes: every secret that is not the user's own (JSON). */ -}}
{{- define "storyloom.plan" -}}
{{- $catalogue := include "storyloom.secrets" . | fromJson -}}
{{- $kinds := dict
  "jwt" (dict "key" "ed25519-pem")
  "keys" (dict "refresh" "base64-32" "otp" "base64-32")
  "service-tokens" (dict "auth" "token" "story" "token" "notification" "token")
  "postgres" (dict "auth" "password" "auth-owner" "password" "story" "password" "story-owner" "password"
    "notification" "password" "notification-owner" "password")
-}}
{{- if .Values.secrets.serviceTokens.operatorKey -}}
{{- $_ := set (get $kinds "service-tokens") "operator" "token" -}}
{{- end -}}
{{- if eq .Values.postgresql.mode "internal" -}}
{{- $_ := set $kinds.postgres "postgres" "password" -}}
{{- end -}}
{{- if eq .Values.redis.mode "internal" -}}
{{- $_ := set $kinds "redis" (dict "password" "password") -}}
{{- end -}}
{{- $labels := include "storyloom.selector" (dict "root" . "component" "init-secrets") | fromYaml -}}
{{- $plan := list -}}
{{- range $concern, $keys := $kinds -}}
{{- $secret := get $catalogue $concern -}}
{{- if not $secret.own -}}
{{- $made := list -}}
{{- range $key, $kind := $keys -}}
{{- $made = append $made (dict "name" (get $secret.keys $key) "kind" $kind) -}}
{{- end -}}
{{- $plan = append $plan (dict "name" $secret.name "labels" $labels "keys" $made) -}}
{{- end -}}
{{- end -}}
{{- toJson (dict "secrets" $plan) -}}
{{- end -}}
