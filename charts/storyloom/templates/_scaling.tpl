{{- /* What scales a worker, and its disruption budget. Takes root, service, own. */ -}}
{{- define "storyloom.worker.scaling" -}}
{{- $component := printf "%s-worker" .service -}}
{{- $scaler := include "storyloom.scaler" (dict "root" .root "scaling" .own.scaling) -}}
{{- if eq $scaler "hpa" }}
---
{{ include "storyloom.hpa" (merge (dict "root" .root "component" $component) .own.scaling) }}
{{- else if eq $scaler "keda" }}
---
{{ include "storyloom.scaledObject" (merge (dict "component" $component) .) }}
{{- end }}
{{- if .own.pdb.enabled }}
---
{{ include "storyloom.pdb" (dict "root" .root "component" $component) }}
{{- end }}
{{- end -}}

{{- /* Takes root, service, component, own. */ -}}
{{- define "storyloom.scaledObject" -}}
{{- $root := .root -}}
{{- $keda := $root.Values.keda -}}
{{- $scaling := .own.scaling -}}
{{- $lanes := $root.Files.Get "files/lanes.json" | fromJson -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "storyloom.metadata" (dict "root" $root "component" .component "name" .component) | nindent 2 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "storyloom.fullname" $root }}-{{ .component }}}
  minReplicaCount: {{ ternary 0 $scaling.min $keda.scaleToZero }}
  maxReplicaCount: {{ $scaling.max }}
  {{- if $keda.scaleToZero }}
  pollingInterval: {{ $keda.pollingInterval }}
  cooldownPeriod: {{ $keda.cooldownPeriod }}
  {{- end }}
  # While Redis cannot be read, no worker is taken away.
  fallback: {failureThreshold: 3, replicas: {{ $keda.fallbackReplicas }}, behavior: currentReplicasIfHigher}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown:
          stabilizationWindowSeconds: {{ $keda.scaleDownStabilizationSeconds }}
          policies: [{type: Pods, value: 1, periodSeconds: 60}]
  triggers:
    {{- range $lane := $lanes.lanes }}
    {{- if eq $lane.service $.service }}
    {{- range $trigger, $count := dict "lag" "lagCount" "pending" "pendingEntriesCount" }}
    - type: redis-streams
      name: {{ $trigger }}-{{ $lane.lane }}
      metadata:
        address: {{ include "storyloom.keda.address" $root }}
        databaseIndex: {{ include "storyloom.redis.database" $root | quote }}
        stream: storyloom:jobs:{{ $lane.service }}:{{ $lane.lane }}
        consumerGroup: {{ $lanes.group }}
        {{ $count }}: {{ $.own.slots | quote }}
        activationLagCount: "0"
        {{- if include "storyloom.redis.tls" $root }}
        enableTLS: "true"
        {{- end }}
      {{- if include "storyloom.redis.files" $root | fromJson }}
      authenticationRef: {name: {{ include "storyloom.fullname" $root }}-redis}
      {{- end }}
    {{- end }}
    {{- end }}
    {{- end }}
{{- end -}}

{{- /* Redis as KEDA, in its own namespace, reaches it. */ -}}
{{- define "storyloom.keda.address" -}}
{{- $host := include "storyloom.redis.host" . -}}
{{- if eq .Values.redis.mode "internal" -}}
{{- $host = printf "%s.%s.svc" $host (include "storyloom.namespace" .) -}}
{{- end -}}
{{- $host }}:{{ include "storyloom.redis.port" . -}}
{{- end -}}
