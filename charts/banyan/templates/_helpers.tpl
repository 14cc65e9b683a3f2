{{- define "banyan.name" -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{- end }}
{{- define "banyan.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "banyan.labels" -}}
{{ include "banyan.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
{{- define "banyan.config" -}}
{{- $listen := dict "listen" (dict "host" "0.0.0.0" "port" 4000) "admin" (dict "host" "0.0.0.0" "port" 4001 "tokenEnv" "BANYAN_ADMIN_TOKEN") "store" (dict "url" "pglite:/var/lib/banyan/store") -}}
{{- $flags := .Values.config.flags | default dict -}}
{{- if eq ($flags.provider | default "store") "store" -}}
{{- $_ := set $listen "flags" (dict "provider" "store" "lastKnown" "/var/lib/banyan/last-known-flags.json") -}}
{{- end -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) $listen) -}}
{{- end }}
