// Written by tools/shape-table.ts from the SDK; never by hand.

export const SHAPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "RegisterJobDefinitionRequest": {
    "jobDefinitionName": "string!",
    "type": "JobDefinitionType!",
    "parameters": "string{}",
    "schedulingPriority": "integer",
    "containerProperties": "ContainerProperties",
    "nodeProperties": "NodeProperties",
    "retryStrategy": "RetryStrategy",
    "propagateTags": "boolean",
    "timeout": "JobTimeout",
    "tags": "string{}",
    "platformCapabilities": "PlatformCapability[]",
    "eksProperties": "EksProperties",
    "ecsProperties": "EcsProperties",
    "consumableResourceProperties": "ConsumableResourceProperties"
  },
  "ContainerProperties": {
    "image": "string",
    "vcpus": "integer",
    "memory": "integer",
    "command": "string[]",
    "jobRoleArn": "string",
    "executionRoleArn": "string",
    "volumes": "Volume[]",
    "environment": "KeyValuePair[]",
    "mountPoints": "MountPoint[]",
    "readonlyRootFilesystem": "boolean",
    "privileged": "boolean",
    "ulimits": "Ulimit[]",
    "user": "string",
    "instanceType": "string",
    "resourceRequirements": "ResourceRequirement[]",
    "linuxParameters": "LinuxParameters",
    "logConfiguration": "LogConfiguration",
    "secrets": "Secret[]",
    "networkConfiguration": "NetworkConfiguration",
    "fargatePlatformConfiguration": "FargatePlatformConfiguration",
    "enableExecuteCommand": "boolean",
    "ephemeralStorage": "EphemeralStorage",
    "runtimePlatform": "RuntimePlatform",
    "repositoryCredentials": "RepositoryCredentials"
  },
  "Volume": {
    "host": "Host",
    "name": "string",
    "efsVolumeConfiguration": "EFSVolumeConfiguration",
    "s3filesVolumeConfiguration": "S3FilesVolumeConfiguration"
  },
  "Host": {
    "sourcePath": "string"
  },
  "EFSVolumeConfiguration": {
    "fileSystemId": "string!",
    "rootDirectory": "string",
    "transitEncryption": "EFSTransitEncryption",
    "transitEncryptionPort": "integer",
    "authorizationConfig": "EFSAuthorizationConfig"
  },
  "EFSAuthorizationConfig": {
    "accessPointId": "string",
    "iam": "EFSAuthorizationConfigIAM"
  },
  "S3FilesVolumeConfiguration": {
    "fileSystemArn": "string!",
    "rootDirectory": "string",
    "transitEncryptionPort": "integer",
    "accessPointArn": "string"
  },
  "KeyValuePair": {
    "name": "string",
    "value": "string"
  },
  "MountPoint": {
    "containerPath": "string",
    "readOnly": "boolean",
    "sourceVolume": "string"
  },
  "Ulimit": {
    "hardLimit": "integer!",
    "name": "string!",
    "softLimit": "integer!"
  },
  "ResourceRequirement": {
    "value": "string!",
    "type": "ResourceType!"
  },
  "LinuxParameters": {
    "devices": "Device[]",
    "initProcessEnabled": "boolean",
    "sharedMemorySize": "integer",
    "tmpfs": "Tmpfs[]",
    "maxSwap": "integer",
    "swappiness": "integer"
  },
  "Device": {
    "hostPath": "string!",
    "containerPath": "string",
    "permissions": "DeviceCgroupPermission[]"
  },
  "Tmpfs": {
    "containerPath": "string!",
    "size": "integer!",
    "mountOptions": "string[]"
  },
  "LogConfiguration": {
    "logDriver": "LogDriver!",
    "options": "string{}",
    "secretOptions": "Secret[]"
  },
  "Secret": {
    "name": "string!",
    "valueFrom": "string!"
  },
  "NetworkConfiguration": {
    "assignPublicIp": "AssignPublicIp"
  },
  "FargatePlatformConfiguration": {
    "platformVersion": "string"
  },
  "EphemeralStorage": {
    "sizeInGiB": "integer!"
  },
  "RuntimePlatform": {
    "operatingSystemFamily": "string",
    "cpuArchitecture": "string"
  },
  "RepositoryCredentials": {
    "credentialsParameter": "string!"
  },
  "NodeProperties": {
    "numNodes": "integer!",
    "mainNode": "integer!",
    "nodeRangeProperties": "NodeRangeProperty[]!"
  },
  "NodeRangeProperty": {
    "targetNodes": "string!",
    "container": "ContainerProperties",
    "instanceTypes": "string[]",
    "ecsProperties": "EcsProperties",
    "eksProperties": "EksProperties",
    "consumableResourceProperties": "ConsumableResourceProperties"
  },
  "EcsProperties": {
    "taskProperties": "EcsTaskProperties[]!"
  },
  "EcsTaskProperties": {
    "containers": "TaskContainerProperties[]!",
    "ephemeralStorage": "EphemeralStorage",
    "executionRoleArn": "string",
    "platformVersion": "string",
    "ipcMode": "string",
    "taskRoleArn": "string",
    "pidMode": "string",
    "networkConfiguration": "NetworkConfiguration",
    "runtimePlatform": "RuntimePlatform",
    "volumes": "Volume[]",
    "enableExecuteCommand": "boolean",
    "networkMode": "string"
  },
  "TaskContainerProperties": {
    "image": "string!",
    "command": "string[]",
    "dependsOn": "TaskContainerDependency[]",
    "environment": "KeyValuePair[]",
    "essential": "boolean",
    "firelensConfiguration": "FirelensConfiguration",
    "linuxParameters": "LinuxParameters",
    "logConfiguration": "LogConfiguration",
    "mountPoints": "MountPoint[]",
    "name": "string",
    "privileged": "boolean",
    "readonlyRootFilesystem": "boolean",
    "repositoryCredentials": "RepositoryCredentials",
    "resourceRequirements": "ResourceRequirement[]",
    "secrets": "Secret[]",
    "ulimits": "Ulimit[]",
    "user": "string",
    "startTimeout": "integer",
    "stopTimeout": "integer"
  },
  "TaskContainerDependency": {
    "containerName": "string",
    "condition": "string"
  },
  "FirelensConfiguration": {
    "type": "FirelensConfigurationType!",
    "options": "string{}"
  },
  "EksProperties": {
    "podProperties": "EksPodProperties"
  },
  "EksPodProperties": {
    "serviceAccountName": "string",
    "hostNetwork": "boolean",
    "dnsPolicy": "string",
    "imagePullSecrets": "ImagePullSecret[]",
    "containers": "EksContainer[]",
    "initContainers": "EksContainer[]",
    "volumes": "EksVolume[]",
    "metadata": "EksMetadata",
    "shareProcessNamespace": "boolean"
  },
  "ImagePullSecret": {
    "name": "string!"
  },
  "EksContainer": {
    "image": "string!",
    "name": "string",
    "imagePullPolicy": "string",
    "command": "string[]",
    "args": "string[]",
    "env": "EksContainerEnvironmentVariable[]",
    "resources": "EksContainerResourceRequirements",
    "volumeMounts": "EksContainerVolumeMount[]",
    "securityContext": "EksContainerSecurityContext"
  },
  "EksContainerEnvironmentVariable": {
    "name": "string!",
    "value": "string"
  },
  "EksContainerResourceRequirements": {
    "limits": "string{}",
    "requests": "string{}"
  },
  "EksContainerVolumeMount": {
    "name": "string",
    "mountPath": "string",
    "subPath": "string",
    "readOnly": "boolean"
  },
  "EksContainerSecurityContext": {
    "runAsUser": "integer",
    "runAsGroup": "integer",
    "privileged": "boolean",
    "allowPrivilegeEscalation": "boolean",
    "readOnlyRootFilesystem": "boolean",
    "runAsNonRoot": "boolean"
  },
  "EksVolume": {
    "name": "string!",
    "hostPath": "EksHostPath",
    "emptyDir": "EksEmptyDir",
    "secret": "EksSecret",
    "persistentVolumeClaim": "EksPersistentVolumeClaim"
  },
  "EksHostPath": {
    "path": "string"
  },
  "EksEmptyDir": {
    "medium": "string",
    "sizeLimit": "string"
  },
  "EksSecret": {
    "secretName": "string!",
    "optional": "boolean"
  },
  "EksPersistentVolumeClaim": {
    "claimName": "string!",
    "readOnly": "boolean"
  },
  "EksMetadata": {
    "labels": "string{}",
    "annotations": "string{}",
    "namespace": "string"
  },
  "ConsumableResourceProperties": {
    "consumableResourceList": "ConsumableResourceRequirement[]"
  },
  "ConsumableResourceRequirement": {
    "consumableResource": "string",
    "quantity": "integer"
  },
  "RetryStrategy": {
    "attempts": "integer",
    "evaluateOnExit": "EvaluateOnExit[]"
  },
  "EvaluateOnExit": {
    "action": "RetryAction!",
    "onStatusReason": "string",
    "onReason": "string",
    "onExitCode": "string"
  },
  "JobTimeout": {
    "attemptDurationSeconds": "integer"
  }
};

export const ENUMS: Readonly<Record<string, readonly string[]>> = {
  "AssignPublicIp": [
    "DISABLED",
    "ENABLED"
  ],
  "DeviceCgroupPermission": [
    "MKNOD",
    "READ",
    "WRITE"
  ],
  "EFSAuthorizationConfigIAM": [
    "DISABLED",
    "ENABLED"
  ],
  "EFSTransitEncryption": [
    "DISABLED",
    "ENABLED"
  ],
  "FirelensConfigurationType": [
    "fluentbit",
    "fluentd"
  ],
  "JobDefinitionType": [
    "container",
    "multinode"
  ],
  "LogDriver": [
    "awsfirelens",
    "awslogs",
    "fluentd",
    "gelf",
    "journald",
    "json-file",
    "splunk",
    "syslog"
  ],
  "PlatformCapability": [
    "EC2",
    "FARGATE",
    "MANAGED_INSTANCES"
  ],
  "ResourceType": [
    "GPU",
    "MEMORY",
    "VCPU"
  ],
  "RetryAction": [
    "EXIT",
    "RETRY"
  ]
};

export const DESCRIBE_ONLY: readonly string[] = [
  "jobDefinitionArn",
  "revision",
  "status",
  "containerOrchestrationType"
];

