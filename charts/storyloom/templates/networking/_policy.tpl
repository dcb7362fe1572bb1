{{- /* Who calls whom over gRPC. */ -}}
{{- define "storyloom.calls" -}}
auth: [notification-api]
story-api: [auth, notification-api]
story-worker: [notification-api]
notification-api: [story-api]
notification-worker: [auth, story-api]
{{- end -}}

{{- /* One policy. Takes root, component, ingress and egress (rules as YAML), dns (whether it needs it), otlp (whether it sends traces). */ -}}
{{- define "storyloom.policy" }}
{{- $values := .root.Values }}
{{- $egress := .egress | default "" }}
{{- if .dns }}
{{- $egress = print $egress (include "storyloom.policy.dns" .root) }}
{{- end }}
{{- if and .otlp $values.observability.otlp.endpoint }}
{{- $port := include "storyloom.urlPort" $values.observability.otlp.endpoint | int }}
{{- $egress = print $egress (include "storyloom.policy.cidrs" (dict "cidrs" $values.networkPolicy.otlpCIDRs "ports" (list $port))) }}
{{- end }}
{{- if $egress }}
{{- with $values.networkPolicy.extraEgress }}
{{- $egress = print $egress "\n" (toYaml .) }}
{{- end }}
{{- end }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "storyloom.metadata" (dict "root" .root "component" .component "name" .component) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "storyloom.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- with .ingress }}
  ingress:
    {{- . | trim | nindent 4 }}
  {{- end }}
  {{- with $egress }}
  egress:
    {{- . | trim | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "storyloom.policy.pods" -}}
{{- range .components }}
    - podSelector:
        matchLabels:
          {{- include "storyloom.selector" (dict "root" $.root "component" .) | nindent 10 }}
{{- end }}
{{- end -}}

{{- /* From pods of ours. Takes root, components, port. */ -}}
{{- define "storyloom.policy.from" }}
- from:
    {{- include "storyloom.policy.pods" . }}
  ports: [{port: {{ .port }}}]
{{- end -}}

{{- /* To pods of ours. Takes root, components, port. */ -}}
{{- define "storyloom.policy.to" }}
- to:
    {{- include "storyloom.policy.pods" . }}
  ports: [{port: {{ .port }}}]
{{- end -}}

{{- /* From peers as the user wrote them; none means everyone. Takes peers, ports. */ -}}
{{- define "storyloom.policy.peers" }}
- ports:
    {{- range .ports }}
    - {port: {{ . }}}
    {{- end }}
  {{- with .peers }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /* To address ranges. Takes cidrs, ports. */ -}}
{{- define "storyloom.policy.cidrs" }}
- to:
    {{- range .cidrs }}
    - ipBlock: {cidr: {{ . | quote }}}
    {{- end }}
  ports:
    {{- range .ports }}
    - {port: {{ . }}}
    {{- end }}
{{- end -}}

{{- define "storyloom.policy.dns" }}
- to:
    - namespaceSelector:
        matchLabels:
          {{- toYaml .Values.networkPolicy.dns.namespaceLabels | nindent 10 }}
      podSelector:
        matchLabels:
          {{- toYaml .Values.networkPolicy.dns.podLabels | nindent 10 }}
  ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- end -}}

{{- define "storyloom.policy.public" }}
{{- $from := .Values.networkPolicy.ingressFrom }}
{{- if and $from .Values.tests.enabled }}
{{- $test := include "storyloom.selector" (dict "root" . "component" "test") | fromYaml }}
{{- $from = append $from (dict "podSelector" (dict "matchLabels" $test)) }}
{{- end }}
{{- include "storyloom.policy.peers" (dict "peers" $from "ports" (list "http")) }}
{{- end -}}

{{- /* Takes root, sidecar (whether the pod has one). */ -}}
{{- define "storyloom.policy.ops" }}
{{- with .root.Values.networkPolicy.metricsFrom }}
{{- $sidecar := and $.sidecar (eq $.root.Values.ratelimit.mode "sidecar") }}
{{- include "storyloom.policy.peers" (dict "peers" . "ports" (ternary (list "ops" "ops-ratelimit") (list "ops") $sidecar)) }}
{{- end }}
{{- end -}}

{{- define "storyloom.policy.postgres" }}
{{- if eq .Values.postgresql.mode "external" }}
{{- include "storyloom.policy.cidrs" (dict "cidrs" .Values.networkPolicy.postgresCIDRs "ports" (list .Values.postgresql.external.port)) }}
{{- else if eq .Values.postgresql.mode "cnpg" }}
- to:
    - podSelector:
        matchLabels: {cnpg.io/cluster: {{ include "storyloom.fullname" . }}-postgres}
  ports: [{port: 5432}]
{{- else }}
{{- include "storyloom.policy.to" (dict "root" . "components" (list "postgres") "port" 5432) }}
{{- end }}
{{- end -}}

{{- define "storyloom.policy.redis" }}
{{- if eq .Values.redis.mode "external" }}
{{- include "storyloom.policy.cidrs" (dict "cidrs" .Values.networkPolicy.redisCIDRs "ports" (list .Values.redis.external.port)) }}
{{- else }}
{{- include "storyloom.policy.to" (dict "root" . "components" (list "redis") "port" 6379) }}
{{- end }}
{{- end -}}

{{- define "storyloom.policy.stores" -}}
{{- include "storyloom.policy.postgres" . -}}
{{- include "storyloom.policy.redis" . -}}
{{- end -}}

{{- define "storyloom.policy.elasticsearch" }}
{{- $ports := list }}
{{- range .Values.elasticsearch.hosts }}
{{- $ports = append $ports (include "storyloom.urlPort" . | int) }}
{{- end }}
{{- include "storyloom.policy.cidrs" (dict "cidrs" .Values.networkPolicy.elasticsearchCIDRs "ports" (uniq $ports)) }}
{{- end -}}

{{- /* The port of a URL. */ -}}
{{- define "storyloom.urlPort" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end -}}
