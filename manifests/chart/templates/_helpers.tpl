{{- define "kedastral.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- $mark := ternary "@" (ternary "" ":" (hasPrefix "@" $tag)) (hasPrefix "sha256:" $tag) -}}
{{ .Values.image.repository }}{{ $mark }}{{ $tag }}
{{- end }}

{{/* The longest name is that of the webhook, 0-<release>-injector: at most 63 letters. */}}
{{- define "kedastral.check" -}}
{{- if gt (len .Release.Name) 52 -}}
{{- fail (printf "release name %q has %d letters; must be at most 52" .Release.Name (len .Release.Name)) -}}
{{- end -}}
{{- end }}

{{/* What a relay would not start with. What is scaled by invented data was not asked for. */}}
{{- define "kedastral.sources" -}}
{{- $options := .Values.relay.options -}}
{{- $given := dict -}}
{{- range .Values.relay.env -}}{{- $_ := set $given .name "yes" -}}{{- end -}}
{{- range $option := list "adapter" "prom-url" "prom-query" "forecaster-url" -}}
{{- $name := upper $option | replace "-" "_" -}}
{{- $_ := set $given $option (or (get $options $option) (get $given $name)) -}}
{{- end -}}
{{- if not (or .Values.relay.workloads (get $given "forecaster-url")) -}}
{{- fail "relay.workloads: is empty; name the workloads, or in relay.options a forecaster-url" -}}
{{- end -}}
{{- range .Values.relay.workloads -}}
{{- $adapter := or (get . "adapter") (get $given "adapter") -}}
{{- $url := or (get . "prom-url") (get $given "prom-url") -}}
{{- if not (or $adapter $url (get $given "forecaster-url")) -}}
{{- fail (printf "relay.workloads: %s has no source of data: set prom-url or adapter, there or in relay.options" .workload) -}}
{{- end -}}
{{- $isAsked := and $url (has $adapter (list nil "" "prometheus")) -}}
{{- if and $isAsked (not (or (get . "prom-query") (get $given "prom-query"))) -}}
{{- fail (printf "relay.workloads: %s has no prom-query, there or in relay.options" .workload) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Name, namespace and labels of an object; takes (list . component). */}}
{{- define "kedastral.metadata" -}}
{{- $root := index . 0 -}}
name: {{ $root.Release.Name }}-{{ index . 1 }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "kedastral.labels" . | nindent 2 }}
{{- end }}

{{/* Labels of an object; takes (list . component). */}}
{{- define "kedastral.labels" -}}
{{- $root := index . 0 -}}
{{ include "kedastral.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end }}

{{- define "kedastral.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: kedastral-{{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
{{- end }}

{{- define "kedastral.podSecurity" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "kedastral.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Where pods go: spread over nodes, and what the values say; takes (list . component). */}}
{{- define "kedastral.placement" -}}
{{- $values := index (index . 0).Values (index . 1) -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "kedastral.selector" . | nindent 8 }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with (index . 0).Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The port of an option such as ":8081"; takes (list options name default). */}}
{{- define "kedastral.port" -}}
{{- $options := index . 0 -}}
{{- regexFind "[0-9]+$" (get $options (index . 1) | default (index . 2)) -}}
{{- end }}
