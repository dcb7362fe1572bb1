{{- /*
Refuses values that contradict each other, with a sentence for each that says what to set. What a single value may be is
values.schema.json's. Answers a list (JSON).
*/ -}}
{{- define "storyloom.contradictions" -}}
{{- $values := .Values -}}
{{- $said := list -}}
{{- $fullname := include "storyloom.fullname" . -}}
{{- if gt (len $fullname) 32 -}}
{{- $said = append $said (printf "The names of objects would begin with %q, which has %d characters and leaves no room for the rest: set fullnameOverride to at most 32." $fullname (len $fullname)) -}}
{{- end -}}
{{- $said = concat $said
  (include "storyloom.contradictions.limits" . | fromJsonArray)
  (include "storyloom.contradictions.secrets" . | fromJsonArray)
  (include "storyloom.contradictions.datastores" . | fromJsonArray)
  (include "storyloom.contradictions.scaling" . | fromJsonArray)
  (include "storyloom.contradictions.connections" . | fromJsonArray)
  (include "storyloom.contradictions.exposure" . | fromJsonArray)
  (include "storyloom.contradictions.logs" . | fromJsonArray) -}}
{{- toJson $said -}}
{{- end -}}

{{- define "storyloom.contradictions.limits" -}}
{{- $values := .Values -}}
{{- $said := list -}}
{{- if and (eq $values.service.environment "production") (eq $values.ratelimit.mode "off") -}}
{{- $said = append $said "In production, limits cannot be switched off: set ratelimit.mode to sidecar or deployment, or service.environment to what this installation is." -}}
{{- end -}}
{{- if and $values.exposure.grpc.enabled (ne $values.ratelimit.mode "deployment") -}}
{{- $said = append $said "A GRPCRoute leads to the rate limiter, which has pods of its own in one mode alone: set ratelimit.mode to deployment, or exposure.grpc.enabled to false." -}}
{{- end -}}
{{- toJson $said -}}
{{- end -}}

{{- define "storyloom.contradictions.secrets" -}}
{{- $values := .Values -}}
{{- $said := list -}}
{{- $own := dict "secrets.jwt.existingSecret" $values.secrets.jwt.existingSecret
  "secrets.keys.existingSecret" $values.secrets.keys.existingSecret
  "secrets.serviceTokens.existingSecret" $values.secrets.serviceTokens.existingSecret
  "postgresql.existingSecret" $values.postgresql.existingSecret -}}
{{- if eq $values.redis.mode "internal" -}}
{{- $_ := set $own "redis.existingSecret" $values.redis.existingSecret -}}
{{- end -}}
{{- if eq $values.secrets.mode "existing" -}}
{{- range $key, $name := $own -}}
{{- if not $name -}}
{{- $said = append $said (printf "With secrets.mode existing, nothing is made up: set %s to the name of your Secret, or secrets.mode to generate." $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $values.notification.smtp.existingSecret (eq $values.notification.smtp.tls "none") -}}
{{- $said = append $said "A password is not sent over an open line: set notification.smtp.tls to starttls or implicit, or leave notification.smtp.existingSecret empty." -}}
{{- end -}}
{{- toJson $said -}}
{{- end -}}

{{- define "storyloom.contradictions.datastores" -}}
{{- $postgresql := .Values.postgresql -}}
{{- $redis := .Values.redis -}}
{{- $said := list -}}
{{- if and (eq $postgresql.mode "external") (not $postgresql.external.host) -}}
{{- $said = append $said "postgresql.mode is external: set postgresql.external.host to your server." -}}
{{- end -}}
{{- if and (eq $postgresql.mode "external") (not $postgresql.existingSecret) -}}
{{- $said = append $said "postgresql.mode is external: set postgresql.existingSecret to a Secret with the passwords of its roles (postgresql.keys); the administrator's is needed unless migrations.bootstrap is false." -}}
{{- end -}}
{{- if and (has $postgresql.sslMode (list "verify-ca" "verify-full")) (not $postgresql.caSecret) -}}
{{- $said = append $said (printf "postgresql.sslMode %s needs to know whom to trust: set postgresql.caSecret." $postgresql.sslMode) -}}
{{- end -}}
{{- if and (eq $postgresql.mode "internal") (has $postgresql.sslMode (list "require" "verify-ca" "verify-full")) -}}
{{- $said = append $said (printf "The internal PostgreSQL speaks no TLS: set postgresql.sslMode to prefer, not %s, or postgresql.mode to cnpg or external." $postgresql.sslMode) -}}
{{- end -}}
{{- if and $postgresql.internal.backup.enabled (ne $postgresql.mode "internal") -}}
{{- $said = append $said (printf "postgresql.internal.backup dumps the internal PostgreSQL, and postgresql.mode is %s: set postgresql.internal.backup.enabled to false (CloudNativePG has postgresql.cnpg.backup)." $postgresql.mode) -}}
{{- end -}}
{{- if and (eq $postgresql.mode "internal") (not .Values.migrations.bootstrap) -}}
{{- $said = append $said "Nobody else makes the roles in the internal PostgreSQL: set migrations.bootstrap to true." -}}
{{- end -}}
{{- if and (eq $postgresql.mode "cnpg") $postgresql.cnpg.backup.enabled (eq $postgresql.cnpg.backup.method "plugin") (not $postgresql.cnpg.plugins) -}}
{{- $said = append $said "A backup by plugin needs the plugin: set postgresql.cnpg.plugins, or postgresql.cnpg.backup.method to volumeSnapshot." -}}
{{- end -}}
{{- if and (eq $redis.mode "external") (not $redis.external.host) -}}
{{- $said = append $said "redis.mode is external: set redis.external.host to your server." -}}
{{- end -}}
{{- if and $redis.external.caSecret (not (include "storyloom.redis.tls" .)) -}}
{{- $said = append $said "redis.external.caSecret is for TLS: set redis.mode to external and redis.external.tls to true, or empty it." -}}
{{- end -}}
{{- toJson $said -}}
{{- end -}}

{{- define "storyloom.contradictions.scaling" -}}
{{- $values := .Values -}}
{{- $said := list -}}
{{- /* Only a live cluster has this API; without one, what a cluster serves is not known. */ -}}
{{- $live := .Capabilities.APIVersions.Has "apiregistration.k8s.io/v1" -}}
{{- if and $values.keda.enabled $live (not (.Capabilities.APIVersions.Has "keda.sh/v1alpha1")) -}}
{{- $said = append $said "KEDA is not installed in this cluster: install it (https://keda.sh), or set keda.enabled to false for a fixed number of workers." -}}
{{- end -}}
{{- range $key, $bounds := dict "auth.autoscaling" $values.auth.autoscaling
  "story.api.autoscaling" $values.story.api.autoscaling "notification.api.autoscaling" $values.notification.api.autoscaling
  "story.worker.scaling" $values.story.worker.scaling "notification.worker.scaling" $values.notification.worker.scaling -}}
{{- if gt (int $bounds.min) (int $bounds.max) -}}
{{- $said = append $said (printf "%s.min is %d and %s.max is %d: set min to at most max." $key (int $bounds.min) $key (int $bounds.max)) -}}
{{- end -}}
{{- end -}}
{{- if and $values.keda.enabled (eq $values.redis.mode "external") $values.networkPolicy.enabled (not $values.networkPolicy.redisCIDRs) -}}
{{- $said = append $said "Redis is external and nothing may reach it: set networkPolicy.redisCIDRs." -}}
{{- end -}}
{{- toJson $said -}}
{{- end -}}

{{- /* How many pods of a worker there can be. Takes root, scaling. */ -}}
{{- define "storyloom.worker.most" -}}
{{- ternary .scaling.replicas .scaling.max (eq (include "storyloom.scaler" .) "fixed") -}}
{{- end -}}

{{- /* What all pods may open at their most: one more of each in a rollout, and ten for whoever looks on. */ -}}
{{- define "storyloom.contradictions.connections" -}}
{{- $values := .Values -}}
{{- $root := . -}}
{{- $said := list -}}
{{- $most := 10 -}}
{{- range $service, $unset := dict "auth" 10 "story" 16 "notification" 10 -}}
{{- $own := get $values $service -}}
{{- $pool := dig "postgres" "max_connections" $unset $own.config | int -}}
{{- if $own.enabled -}}
{{- $api := $own.api | default $own -}}
{{- $most = add $most (mul $pool (add 1 (ternary $api.autoscaling.max $api.replicas $api.autoscaling.enabled))) -}}
{{- with $own.worker -}}
{{- $most = add $most (mul $pool (add 1 (include "storyloom.worker.most" (dict "root" $root "scaling" .scaling) | int))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $allowed := dig "max_connections" 100 $values.postgresql.internal.parameters | int -}}
{{- if and (eq $values.postgresql.mode "internal") (gt (int $most) $allowed) -}}
{{- $said = append $said (printf "All pods at their most may open %d connections and the internal PostgreSQL takes %d (docs/operate/scale.md has the sum): set postgresql.internal.parameters.max_connections to at least %d, with memory for them, or lower worker.scaling.max, autoscaling.max, replicas or config.postgres.max_connections of the services." (int $most) $allowed (int $most)) -}}
{{- end -}}
{{- toJson $said -}}
{{- end -}}

{{- define "storyloom.contradictions.exposure" -}}
{{- $exposure := .Values.exposure -}}
{{- $said := list -}}
{{- if and $exposure.ingress.enabled (not $exposure.ingress.hosts) -}}
{{- $said = append $said "An Ingress without a host would answer for every name: set exposure.ingress.hosts." -}}
{{- end -}}
{{- if and $exposure.gateway.enabled (not $exposure.gateway.parentRefs) -}}
{{- $said = append $said "An HTTPRoute without a gateway does nothing: set exposure.gateway.parentRefs." -}}
{{- end -}}
{{- if and $exposure.grpc.enabled (not $exposure.grpc.parentRefs) -}}
{{- $said = append $said "A GRPCRoute without a gateway does nothing: set exposure.grpc.parentRefs." -}}
{{- end -}}
{{- if and (or $exposure.ingress.enabled $exposure.gateway.enabled) (not (or .Values.auth.enabled .Values.story.enabled)) -}}
{{- $said = append $said "There is nothing to expose: set auth.enabled or story.enabled to true." -}}
{{- end -}}
{{- toJson $said -}}
{{- end -}}

{{- define "storyloom.contradictions.logs" -}}
{{- $said := list -}}
{{- if and (include "storyloom.shipper" .) (eq (include "storyloom.shipper.namespace" .) (include "storyloom.namespace" .)) -}}
{{- $said = append $said "The log shipper reads the node's files, which the release's namespace should not allow: set logShipper.namespace to another one." -}}
{{- end -}}
{{- toJson $said -}}
{{- end -}}
