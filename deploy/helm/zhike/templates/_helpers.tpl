{{- define "zhike.labels" -}}
app.kubernetes.io/name: zhike
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "zhike.picked" -}}
app.kubernetes.io/name: zhike
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* What all pods share: who they run as, what they may write, where the home is. */}}
{{- define "zhike.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: home
    persistentVolumeClaim:
      claimName: {{ .Values.home.existingClaim | default (printf "%s-home" .Release.Name) }}
  - name: tmp
    emptyDir: {}
{{- end }}

{{/* What all containers share. Give it (dict "root" $ "key" …): which key of the secret holds the database's address. */}}
{{- define "zhike.container" -}}
image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: home, mountPath: /data}
  - {name: tmp, mountPath: /tmp}
env:
  - name: ZHIKE_DATABASE
    valueFrom:
      secretKeyRef:
        name: {{ .root.Values.database.secret }}
        key: {{ .key }}
  - {name: ZHIKE_HOSTS, value: {{ join "," .root.Values.hosts | quote }}}
  - {name: ZHIKE_LANGUAGE, value: {{ .root.Values.language | quote }}}
  - {name: ZHIKE_HTTPS, value: "yes"}
  - {name: ZHIKE_BEHIND_PROXY, value: "yes"}
  {{- range $name, $value := .root.Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
{{- end }}
