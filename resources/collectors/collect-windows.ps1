# Collects what an assessment needs to know of this Windows machine and writes it as one JSON document (a "bundle").
# For Windows PowerShell 2.0 and later; Server 2003 without PowerShell uses collect-windows.vbs.
#
#   powershell -NoProfile -ExecutionPolicy Bypass -File collect-windows.ps1 -OutFile C:\server.json
#   powershell ... -File collect-windows.ps1 -Endpoint 192.0.2.10:8080,192.0.2.10:8703
#
# Without -OutFile the document goes to standard output; it is pure ASCII, so no code page can harm it. Changes nothing
# but scratch files in the user's temporary folder, which are removed. Collects no secrets: no environment, no command
# lines of services, no registry but what is named below.

param(
  [string]$OutFile = '',
  [string[]]$Endpoint = @()
)

$ErrorActionPreference = 'SilentlyContinue'
$limitSeconds = 45
$maxCharacters = 2097152

function ConvertTo-JsonString([string]$text) {
  if ($null -eq $text) { $text = '' }
  if ($text.Length -gt $maxCharacters) { $text = $text.Substring(0, $maxCharacters) }
  $builder = New-Object System.Text.StringBuilder ($text.Length + 2)
  [void]$builder.Append('"')
  foreach ($character in $text.ToCharArray()) {
    $code = [int]$character
    if ($code -eq 34) { [void]$builder.Append('\"') }
    elseif ($code -eq 92) { [void]$builder.Append('\\') }
    elseif ($code -eq 10) { [void]$builder.Append('\n') }
    elseif ($code -eq 13) { [void]$builder.Append('\r') }
    elseif ($code -eq 9) { [void]$builder.Append('\t') }
    elseif ($code -lt 32 -or $code -gt 126) { [void]$builder.Append('\u' + $code.ToString('x4')) }
    else { [void]$builder.Append($character) }
  }
  [void]$builder.Append('"')
  return $builder.ToString()
}

$commands = New-Object System.Collections.ArrayList
$unread = New-Object System.Collections.ArrayList

function Add-Output([string]$name, [string]$stdout, [string]$stderr, [int]$exitCode) {
  $entry = (ConvertTo-JsonString $name) + ': {"stdout": ' + (ConvertTo-JsonString $stdout) + ', "stderr": ' + (ConvertTo-JsonString $stderr) + ', "exitCode": ' + $exitCode + '}'
  [void]$commands.Add($entry)
}

function Add-Unread([string]$what, [string]$why) {
  [void]$unread.Add((ConvertTo-JsonString $what) + ': ' + (ConvertTo-JsonString $why))
}

# One line of text of a property's value.
function Format-Value($value) {
  if ($null -eq $value) { return '' }
  if ($value -is [array]) { return [string]::Join(',', @($value | ForEach-Object { [string]$_ })) }
  if ($value -is [bool]) { if ($value) { return 'TRUE' } else { return 'FALSE' } }
  if ($value -is [char]) { if ([int]$value -eq 0) { return '' } else { return [string]$value } }
  return ([string]$value) -replace '[\r\n]+', ' '
}

# Objects of a WMI class as KEY=value blocks, the form of `wmic ... get /value`. Properties that this Windows does not
# know are left out.
function Add-WmiClass([string]$class, [string[]]$properties, [string]$filter = '', [string]$namespace = 'root\cimv2', [bool]$isOptional = $false) {
  $arguments = @{ Namespace = $namespace; ErrorAction = 'Stop' }
  if ($filter -ne '') { $arguments['Filter'] = $filter }
  try {
    if (Get-Command Get-WmiObject -ErrorAction SilentlyContinue) { $objects = @(Get-WmiObject -Class $class @arguments) }
    else { $objects = @(Get-CimInstance -ClassName $class @arguments) }
  } catch {
    if (-not $isOptional) { Add-Unread "wmi $class" ([string]$_.Exception.Message) }
    return
  }
  $builder = New-Object System.Text.StringBuilder
  foreach ($object in $objects) {
    if ($null -eq $object) { continue }
    foreach ($property in $properties) {
      $member = $object.PSObject.Properties[$property]
      if ($null -eq $member) { continue }
      $value = $member.Value
      # Storage's drive letters are numbers of characters in WMI.
      if ($property -eq 'DriveLetter' -and $value -is [uint16]) { $value = [char]$value }
      [void]$builder.Append($property + '=' + (Format-Value $value) + "`n")
    }
    [void]$builder.Append("`n")
  }
  Add-Output "wmi $class" $builder.ToString() '' 0
}

$oemCodePage = 437
$key = Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Nls\CodePage'
if ($key -and $key.OEMCP) { $oemCodePage = [int]$key.OEMCP }

# A console program with a time limit; its output is read in the system's OEM code page.
function Add-Program([string]$name, [string]$program, [string]$arguments, [string]$standardInput = '') {
  $path = Join-Path $env:SystemRoot ('System32\' + $program)
  if (-not (Test-Path $path)) { return }
  $base = Join-Path ([IO.Path]::GetTempPath()) ('sma-collect-' + $PID + '-' + $commands.Count)
  $inFile = $base + '.in'
  $outFile = $base + '.out'
  $errFile = $base + '.err'
  try {
    [IO.File]::WriteAllText($inFile, $standardInput)
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = Join-Path $env:SystemRoot 'System32\cmd.exe'
    $start.Arguments = '/c ""' + $path + '" ' + $arguments + ' <"' + $inFile + '" >"' + $outFile + '" 2>"' + $errFile + '""'
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $process = [System.Diagnostics.Process]::Start($start)
    if ($process.WaitForExit($limitSeconds * 1000)) { $code = $process.ExitCode }
    else {
      $code = 124
      $process.Kill()
      Add-Unread $name ("timed out after $limitSeconds s")
    }
    $encoding = [Text.Encoding]::GetEncoding($oemCodePage)
    $stdout = ''
    $stderr = ''
    if (Test-Path $outFile) { $stdout = $encoding.GetString([IO.File]::ReadAllBytes($outFile)) }
    if (Test-Path $errFile) { $stderr = $encoding.GetString([IO.File]::ReadAllBytes($errFile)) }
    Add-Output $name $stdout $stderr $code
  } catch {
    Add-Unread $name ([string]$_.Exception.Message)
  } finally {
    foreach ($file in @($inFile, $outFile, $errFile)) { if (Test-Path $file) { Remove-Item $file -Force } }
  }
}

$identity = [Security.Principal.WindowsIdentity]::GetCurrent()
$principal = New-Object Security.Principal.WindowsPrincipal $identity
$isPrivileged = $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
if ($isPrivileged) { Add-Output 'privilege-check' "privileged`n" '' 0 }
else {
  Add-Output 'privilege-check' "unprivileged`n" '' 0
  Add-Unread 'VSS writers, boot configuration, diskpart' 'permission denied: not Administrator'
}

Add-WmiClass 'Win32_OperatingSystem' @('Caption', 'Version', 'BuildNumber', 'ProductType', 'CSDVersion', 'ServicePackMajorVersion', 'OSArchitecture', 'OSLanguage', 'MUILanguages', 'CSName', 'OtherTypeDescription', 'OperatingSystemSKU', 'TotalVisibleMemorySize', 'FreePhysicalMemory', 'SystemDrive', 'CodeSet', 'Locale')
Add-WmiClass 'Win32_ComputerSystem' @('Manufacturer', 'Model', 'SystemType', 'DomainRole', 'PartOfDomain', 'TotalPhysicalMemory')
Add-WmiClass 'Win32_BIOS' @('Manufacturer', 'SMBIOSBIOSVersion', 'Version', 'Name')
Add-WmiClass 'Win32_Processor' @('Name', 'Architecture', 'AddressWidth', 'NumberOfLogicalProcessors')
Add-WmiClass 'Win32_DiskDrive' @('DeviceID', 'Index', 'Model', 'Size', 'InterfaceType', 'MediaType', 'BytesPerSector', 'SerialNumber')
Add-WmiClass 'Win32_DiskPartition' @('DeviceID', 'DiskIndex', 'Index', 'Type', 'Size', 'StartingOffset', 'PrimaryPartition', 'BootPartition')
Add-WmiClass 'Win32_LogicalDisk' @('DeviceID', 'DriveType', 'FileSystem', 'Size', 'FreeSpace', 'VolumeName', 'VolumeSerialNumber', 'ProviderName')
Add-WmiClass 'Win32_LogicalDiskToPartition' @('Antecedent', 'Dependent')
Add-WmiClass 'Win32_Volume' @('DeviceID', 'DriveLetter', 'DriveType', 'FileSystem', 'Capacity', 'FreeSpace', 'Label') '' 'root\cimv2' $true
Add-WmiClass 'MSFT_Disk' @('Number', 'FriendlyName', 'PartitionStyle', 'Size', 'LogicalSectorSize', 'BusType', 'OperationalStatus', 'IsOffline', 'IsReadOnly') '' 'root\Microsoft\Windows\Storage' $true
Add-WmiClass 'MSFT_Partition' @('DiskNumber', 'PartitionNumber', 'DriveLetter', 'Offset', 'Size', 'GptType', 'MbrType', 'Guid', 'IsActive', 'IsBoot', 'IsSystem', 'AccessPaths') '' 'root\Microsoft\Windows\Storage' $true
Add-WmiClass 'Win32_EncryptableVolume' @('DeviceID', 'DriveLetter', 'ProtectionStatus', 'ConversionStatus') '' 'root\cimv2\Security\MicrosoftVolumeEncryption' $true
Add-WmiClass 'MSFT_DedupVolume' @('Volume', 'VolumeId', 'Enabled', 'SavedSpace') '' 'root\Microsoft\Windows\Deduplication' $true
Add-WmiClass 'Win32_NetworkAdapterConfiguration' @('Description', 'Index', 'MACAddress', 'IPEnabled', 'DHCPEnabled', 'IPAddress', 'IPSubnet', 'DefaultIPGateway', 'DNSServerSearchOrder', 'ServiceName') 'IPEnabled=TRUE'
Add-WmiClass 'Win32_NetworkAdapter' @('Index', 'Name', 'NetConnectionID', 'MACAddress') 'NetConnectionID IS NOT NULL'
Add-WmiClass 'Win32_Service' @('Name', 'DisplayName', 'State', 'StartMode')
Add-WmiClass 'Win32_SystemDriver' @('Name', 'State')
Add-WmiClass 'Win32_PageFileUsage' @('Name', 'AllocatedBaseSize', 'CurrentUsage')
Add-WmiClass 'Win32_TimeZone' @('StandardName', 'Bias')

if ($isPrivileged) {
  Add-Program 'vssadmin list writers' 'vssadmin.exe' 'list writers'
  Add-Program 'vssadmin list shadows' 'vssadmin.exe' 'list shadows'
  Add-Program 'bcdedit /enum {current}' 'bcdedit.exe' '/enum {current}'
  $script = "list disk`r`nlist volume`r`n"
  foreach ($drive in @(Get-WmiObject Win32_DiskDrive)) { $script += "select disk $($drive.Index)`r`nlist partition`r`n" }
  Add-Program 'diskpart' 'diskpart.exe' '' ($script + "exit`r`n")
}
Add-Program 'w32tm /query /status' 'w32tm.exe' '/query /status'
Add-Program 'reg query HKLM\SYSTEM\CurrentControlSet\Control\SecureBoot\State /v UEFISecureBootEnabled' 'reg.exe' 'query HKLM\SYSTEM\CurrentControlSet\Control\SecureBoot\State /v UEFISecureBootEnabled'
# Updates that wait for a restart leave one of these keys; of each only whether it is there.
$waiting = ''
foreach ($key in @('HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending', 'HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired')) {
  if (Test-Path "Registry::$key") { $waiting += $key + "`n" }
}
Add-Output 'pending-restart' $waiting '' 0
if ($env:firmware_type) { Add-Output 'echo %firmware_type%' ($env:firmware_type + "`n") '' 0 }

# `-File` hands a list over as one text.
foreach ($target in @($Endpoint | ForEach-Object { $_ -split ',' })) {
  if ($target -notmatch '^([A-Za-z0-9.:-]+):([0-9]{1,5})$') { continue }
  $name = $matches[1]
  $port = [int]$matches[2]
  $state = 'closed'
  $client = New-Object System.Net.Sockets.TcpClient
  try {
    $pending = $client.BeginConnect($name, $port, $null, $null)
    if ($pending.AsyncWaitHandle.WaitOne(5000, $false)) {
      $client.EndConnect($pending)
      $state = 'open'
    }
  } catch { $state = 'closed' } finally { $client.Close() }
  Add-Output "port-probe $name $port" "$name $port $state`n" '' 0
}

$newLine = "`n"
$document = '{"format": 1,' + $newLine
$document += '"collectedAt": ' + (ConvertTo-JsonString ([DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture))) + ',' + $newLine
$document += '"collector": "collect-windows.ps1 1",' + $newLine + '"platform": "windows",' + $newLine + '"files": {},' + $newLine
$document += '"commands": {' + $newLine + [string]::Join(',' + $newLine, [string[]]$commands.ToArray()) + $newLine + '},' + $newLine
$document += '"unread": {' + $newLine + [string]::Join(',' + $newLine, [string[]]$unread.ToArray()) + $newLine + '}}' + $newLine

if ($OutFile -ne '') {
  $target = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($OutFile)
  [IO.File]::WriteAllText($target, $document, (New-Object Text.ASCIIEncoding))
} else { [Console]::Out.Write($document) }
