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
{{- with .Values.admin.certificate -}}
{{- $_ := set $listen.admin "tls" (dict "certificate" (printf "/etc/banyan-certificates/%s/tls.crt" .) "key" (printf "/etc/banyan-certificates/%s/tls.key" .)) -}}
{{- end -}}
{{- $flags := .Values.config.flags | default dict -}}
{{- $own := dict "provider" ($flags.provider | default "store") "emergencyFile" "/var/lib/banyan/everything-to-legacy" -}}
{{- if eq $own.provider "store" -}}
{{- $_ := set $own "lastKnown" "/var/lib/banyan/last-known-flags.json" -}}
{{- end -}}
{{- $_ := set $listen "flags" $own -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) $listen) -}}
{{- end }}
