{{- /* Filebeat's settings: the CRI's lines, their JSON at the root, a data stream by service and environment. */ -}}
{{- define "storyloom.filebeat.config" -}}
{{- $glob := printf "/var/log/pods/%s_%s-*_*/*/*.log" (include "storyloom.namespace" .) (include "storyloom.fullname" .) -}}
{{- $environment := .Values.service.environment -}}
filebeat.inputs:
  - type: filestream
    id: storyloom
    # The second: what the kubelet rotated away while the shipper was down.
    paths: [{{ $glob | quote }}, {{ printf "%s.2*" $glob | quote }}]
    prospector.scanner.exclude_files: ['\.gz$', '\.tmp$']
    prospector.scanner.check_interval: 2s
    file_identity.native: ~
    message_max_bytes: 1048576
    parsers:
      - container: {stream: all, format: cri}
    processors:
      - dissect:
          field: log.file.path
          tokenizer: "%{}/pods/%{namespace}_%{pod.name}_%{pod.uid}/%{container.name}/%{}"
          target_prefix: kubernetes
      # The same line has the same id wherever it is read from, so shipping it again makes no second copy.
      - fingerprint:
          fields: ["@timestamp", stream, kubernetes.pod.uid, kubernetes.container.name, message]
          ignore_missing: true
          target_field: "@metadata._id"
      # A line must not steer the shipper: one with this key stays text.
      - decode_json_fields:
          when.not.contains: {message: '"@metadata"'}
          fields: [message]
          target: ""
          overwrite_keys: true
          expand_keys: true
          add_error_key: true
      - copy_fields:
          fields: [{from: event.dataset, to: data_stream.dataset}]
          ignore_missing: true
          fail_on_error: false
      - copy_fields:
          fields: [{from: service.environment, to: data_stream.namespace}]
          ignore_missing: true
          fail_on_error: false
      - add_fields:
          when.not.regexp: {data_stream.dataset: '^storyloom\.[a-z0-9_.]{1,80}$'}
          target: data_stream
          fields: {dataset: storyloom.unparsed}
      - add_fields:
          when.not.regexp: {data_stream.namespace: '^[a-z0-9_.]{1,80}$'}
          target: data_stream
          fields: {namespace: {{ $environment | quote }}}
      - add_fields:
          target: data_stream
          fields: {type: logs}
processors:
  - add_fields:
      target: orchestrator
      fields: {type: kubernetes, namespace: {{ include "storyloom.namespace" . | quote }}}
  - drop_fields:
      fields: [agent.ephemeral_id, agent.id, agent.hostname, agent.name, input]
      ignore_missing: true
name: ${NODE_NAME}
queue.mem:
  events: {{ .Values.logShipper.buffer.events }}
output.elasticsearch:
  hosts:
    {{- range .Values.elasticsearch.hosts }}
    - {{ . | quote }}
    {{- end }}
  {{- if .Values.elasticsearch.existingSecret }}
  username: ${ELASTICSEARCH_USERNAME}
  password: ${ELASTICSEARCH_PASSWORD}
  {{- end }}
  {{- if .Values.elasticsearch.caSecret }}
  ssl.certificate_authorities: [{{ include "storyloom.secretPath" "elasticsearch-ca/ca.crt" }}]
  {{- end }}
  index: "logs-%{[data_stream.dataset]}-%{[data_stream.namespace]}"
  bulk_max_size: 500
  compression_level: 1
  backoff: {init: 1s, max: 10s}
  # A line that Elasticsearch refuses goes here as text with the reason, and the rest goes on.
  non_indexable_policy.dead_letter_index.index: {{ printf "logs-storyloom.rejected-%s" $environment | quote }}
setup.template.enabled: false
setup.ilm.enabled: false
http: {enabled: true, host: 0.0.0.0, port: 5066}
logging: {level: info, to_stderr: true, metrics.enabled: false}
{{- end -}}

{{- define "storyloom.filebeat.file" -}}
{{- mergeOverwrite (include "storyloom.filebeat.config" . | fromYaml) (deepCopy .Values.logShipper.extraConfig) | toYaml -}}
{{- end -}}

{{- define "storyloom.filebeat.container" -}}
{{- $shipper := .Values.logShipper -}}
{{- $args := list "-e" "-c" "/etc/filebeat/filebeat.yml" "--strict.perms=false" "--path.data=/var/lib/filebeat" "--path.logs=/tmp" -}}
- name: filebeat
  {{- include "storyloom.image" (dict "root" . "image" $shipper.image) | nindent 2 }}
  {{- if .Values.elasticsearch.existingSecret }}
  # Filebeat reads no secret from a file, so a shell does.
  command:
    - /bin/sh
    - -ec
    - |
      ELASTICSEARCH_USERNAME="$(cat {{ include "storyloom.secretPath" "elasticsearch/user" }})"
      ELASTICSEARCH_PASSWORD="$(cat {{ include "storyloom.secretPath" "elasticsearch/password" }})"
      export ELASTICSEARCH_USERNAME ELASTICSEARCH_PASSWORD
      exec filebeat {{ join " " $args }}
  {{- else }}
  args: {{ toJson $args }}
  {{- end }}
  env:
    - name: NODE_NAME
      valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
  ports:
    - {name: stats, containerPort: 5066}
  startupProbe:
    httpGet: {path: /, port: stats}
    periodSeconds: 2
    failureThreshold: 60
  readinessProbe:
    httpGet: {path: /, port: stats}
    periodSeconds: 10
    timeoutSeconds: 5
  livenessProbe:
    httpGet: {path: /, port: stats}
    periodSeconds: 30
    timeoutSeconds: 10
    failureThreshold: 6
  resources:
    {{- toYaml $shipper.resources | nindent 4 }}
  # The node's log files are root's.
  securityContext:
    runAsUser: 0
    runAsGroup: 0
    allowPrivilegeEscalation: false
    privileged: false
    readOnlyRootFilesystem: true
    capabilities: {drop: [ALL]}
  volumeMounts:
    - {name: settings, mountPath: /etc/filebeat, readOnly: true}
    - {name: data, mountPath: /var/lib/filebeat}
    - {name: tmp, mountPath: /tmp}
    - {name: pod-logs, mountPath: /var/log/pods, readOnly: true}
    {{- if include "storyloom.elasticsearch.secrets" . | fromJsonArray }}
    {{- include "storyloom.secretMount" "secrets" | nindent 4 }}
    {{- end }}
{{- end -}}
