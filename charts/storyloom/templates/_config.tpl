{{- /* What every process of ours is told. Takes root, drainMs. */ -}}
{{- define "storyloom.config.common" -}}
{{- $values := .root.Values -}}
public_url: {{ $values.publicUrl | quote }}
drain_ms: {{ .drainMs }}
service:
  environment: {{ $values.service.environment | quote }}
redis:
  url: {{ include "storyloom.redis.url" .root | quote }}
telemetry:
  level: {{ $values.observability.logs.level | quote }}
  format: {{ $values.observability.logs.format | quote }}
  otlp_endpoint: {{ $values.observability.otlp.endpoint | quote }}
{{- end -}}

{{- /* The settings file of a service with a schema. Takes root, service (auth, story, notification). */ -}}
{{- define "storyloom.config" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $peer := printf "http://%s-%%s-headless:9090" (include "storyloom.fullname" $root) -}}
{{- $config := include "storyloom.config.common" (dict "root" $root "drainMs" (mul 1000 $values.drainSeconds)) | fromYaml -}}
{{- $_ := set $config "http" (dict "trusted_proxies" (join ", " $values.trustedProxies)) -}}
{{- $_ := set $config "postgres" (dict "url" (include "storyloom.postgres.url" (dict "root" $root "role" .service "schema" .service))) -}}
{{- $_ := set $config "ratelimit" (dict "enabled" (ne $values.ratelimit.mode "off") "timeout_ms" $values.ratelimit.timeoutMs) -}}
{{- if eq $values.ratelimit.mode "deployment" -}}
{{- $_ := set $config.ratelimit "address" (printf $peer "ratelimit") -}}
{{- end -}}
{{- $peers := dict "auth" (printf $peer "auth") "story" (printf $peer "story-api") "notification" (printf $peer "notification-api") -}}
{{- $_ := set $config "peers" (omit $peers .service) -}}
{{- if eq .service "auth" -}}
{{- $_ := set $config "peers" (pick $peers "notification") -}}
{{- else if eq .service "story" -}}
{{- $_ := set $config "jobs" (include "storyloom.config.jobs" $values.story.worker | fromYaml) -}}
{{- else -}}
{{- $smtp := $values.notification.smtp -}}
{{- $_ := set $config "jobs" (include "storyloom.config.jobs" $values.notification.worker | fromYaml) -}}
{{- $_ := set $config "mail" (dict "from" $values.notification.from) -}}
{{- $_ := set $config "smtp" (dict "host" $smtp.host "port" $smtp.port "tls" $smtp.tls) -}}
{{- end -}}
{{- include "storyloom.toml" (mergeOverwrite $config (deepCopy (get $values .service).config)) -}}
{{- end -}}

{{- /* Takes a worker. As many jobs lie in the stream as its pods can take, so that KEDA may start them all at once. */ -}}
{{- define "storyloom.config.jobs" -}}
slots: {{ .slots }}
window: {{ min 10000 (max 64 (mul .slots .scaling.max)) }}
drain_ms: {{ mul 1000 .drainSeconds }}
{{- end -}}

{{- /* The settings file of the rate limiter. */ -}}
{{- define "storyloom.config.ratelimit" -}}
{{- $limits := .Values.ratelimit -}}
{{- $deployment := eq $limits.mode "deployment" -}}
{{- /* A native sidecar is told to end only once its service has ended, so it need not go on serving. */ -}}
{{- $drain := ternary (mul 1000 .Values.drainSeconds) 0 $deployment -}}
{{- $config := include "storyloom.config.common" (dict "root" . "drainMs" $drain) | fromYaml -}}
{{- $_ := set $config "grpc" (ternary (dict "listen" "0.0.0.0:9090" "socket" "") (dict) $deployment) -}}
{{- $file := ternary "/etc/storyloom-ratelimit/rules.toml" "" (ne $limits.rules "") -}}
{{- $_ := set $config "rules" (dict "factor" $limits.factor "file" $file) -}}
{{- include "storyloom.toml" (mergeOverwrite $config (deepCopy $limits.config)) -}}
{{- end -}}
