/**
 * Looking after the agent's folder on a Windows source, for Windows PowerShell 2.0 and later. The first line of each
 * names it. Every script ends with 0 unless PowerShell itself failed.
 */

/**
 * `Test-Own PATH`: a folder, no junction, that belongs to an administrator, the system or who runs this and lets
 * nobody else in. Anything else under the agent's name was put there by somebody else and is not touched.
 */
const owned = `
$ErrorActionPreference = 'Stop'
$me = [Security.Principal.WindowsIdentity]::GetCurrent().User
$trusted = @('S-1-5-18', 'S-1-5-32-544', 'S-1-3-0', $me.Value)
function Test-Own($path) {
  try {
    $folder = New-Object IO.DirectoryInfo $path
    if (-not $folder.Exists) { return $false }
    if (([int]$folder.Attributes -band 1024) -ne 0) { return $false }
    $acl = $folder.GetAccessControl()
    if ($trusted -notcontains $acl.GetOwner([Security.Principal.SecurityIdentifier]).Value) { return $false }
    foreach ($rule in $acl.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])) {
      if ([string]$rule.AccessControlType -eq 'Allow' -and $trusted -notcontains $rule.IdentityReference.Value) { return $false }
    }
    return $true
  } catch { return $false }
}
function Find-Place($candidate) {
  switch ($candidate) {
    'WINDOWS-TEMP' { return (Join-Path $env:SystemRoot 'Temp') }
    'PROGRAM-DATA' { if ($env:ProgramData) { return $env:ProgramData } else { return $env:ALLUSERSPROFILE } }
    'USER-TEMP' { return $env:TEMP }
    'SYSTEM-DRIVE' { return ($env:SystemDrive + '\\') }
  }
  return $candidate
}`;

/** Prints \`found FOLDER SHA256\` for every folder of the job. Parameters: name, candidates. */
export const surveyScript = `# sma agent survey
param($name)
${owned}
foreach ($candidate in $args) {
  $folder = Join-Path (Find-Place $candidate) $name
  if (-not (Test-Own $folder)) { continue }
  $agent = Join-Path $folder 'sma-agent.exe'
  $sum = ''
  if ([IO.File]::Exists($agent)) {
    try { $sha = New-Object Security.Cryptography.SHA256CryptoServiceProvider }
    catch { $sha = New-Object Security.Cryptography.SHA256Managed }
    $stream = [IO.File]::Open($agent, [IO.FileMode]'Open', [IO.FileAccess]'Read', [IO.FileShare]'ReadWrite,Delete')
    $sum = [BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '').ToLower()
    $stream.Close()
  }
  'found ' + $folder + ' ' + $sum
}
exit 0
`;

/**
 * Makes the private folder in one candidate. Parameters: candidate, name, KiB wanted. Prints \`folder PATH\`, or
 * \`refused WHY\`.
 */
export const makeFolderScript = `# sma agent folder
param($candidate, $name, [int64]$needed)
${owned}
$base = Find-Place $candidate
if (-not $base -or -not [IO.Directory]::Exists($base)) { 'refused it does not exist'; exit 0 }
try {
  $free = [int64]((New-Object IO.DriveInfo ([IO.Path]::GetPathRoot($base))).AvailableFreeSpace / 1024)
  if ($free -lt $needed) { "refused only $free KiB are free and $needed are needed"; exit 0 }
} catch { }
$path = Join-Path $base $name
if ([IO.Directory]::Exists($path) -or [IO.File]::Exists($path)) {
  if (Test-Own $path) { "folder $path" } else { "refused $path is there already and is not ours" }
  exit 0
}
try {
  $acl = New-Object Security.AccessControl.DirectorySecurity
  $acl.SetSecurityDescriptorSddlForm('D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;' + $me.Value + ')')
  $made = [IO.Directory]::CreateDirectory($path, $acl)
  if (Test-Own $path) { "folder $path" }
  else { [IO.Directory]::Delete($path); 'refused its permissions cannot be set (no NTFS?)' }
} catch {
  $cause = $_.Exception
  while ($cause.InnerException) { $cause = $cause.InnerException }
  'refused no folder can be made in it: ' + ($cause.Message -replace '\\s+', ' ')
}
exit 0
`;

/** Prints \`agent FOLDER\` and \`program yes|no\` for each folder of the job. Parameters: name, candidates. */
export const findScript = `# sma agent find
param($name)
${owned}
foreach ($candidate in $args) {
  $folder = Join-Path (Find-Place $candidate) $name
  if (-not (Test-Own $folder)) { continue }
  'agent ' + $folder
  if ([IO.File]::Exists((Join-Path $folder 'sma-agent.exe'))) { 'program yes' } else { 'program no' }
}
exit 0
`;

/** Ends what runs from the folder's own program, for good. */
const ending = `
function Stop-Agent($folder) {
  $agent = Join-Path $folder 'sma-agent.exe'
  for ($round = 0; $round -lt 20; $round++) {
    $running = @(Get-WmiObject Win32_Process -Filter "Name='sma-agent.exe'" | Where-Object { $_.ExecutablePath -eq $agent })
    if ($running.Count -eq 0) { return $true }
    if ($round -ge 5) { foreach ($process in $running) { [void]$process.Terminate() } }
    Start-Sleep -Milliseconds 500
  }
  return $false
}`;

/** Parameter: folder. Prints \`ended\`, \`running\`, or \`foreign\` where the folder is not ours. */
export const stopScript = `# sma agent stop
param($folder)
${owned}${ending}
if (-not (Test-Own $folder)) { 'foreign' } elseif (Stop-Agent $folder) { 'ended' } else { 'running' }
exit 0
`;

/**
 * Ends and removes the job's agents. Parameters: name, candidates. Removes files by name and the folder only when it is
 * empty then. Prints \`left FOLDER WHAT\` where something stays.
 */
export const removeScript = `# sma agent remove
param($name)
${owned}${ending}
foreach ($candidate in $args) {
  $folder = Join-Path (Find-Place $candidate) $name
  if (-not (Test-Own $folder)) { continue }
  if (-not (Stop-Agent $folder)) { "left $folder the agent does not end"; continue }
  foreach ($file in @('sma-agent.exe', 'sma-agent.exe.sma-part', 'agent.log', 'agent.log.1', 'agent.pid', 'agent.status', 'agent.status.new')) {
    # A program that has just ended may be held for a moment, by antivirus for one.
    for ($round = 0; $round -lt 10; $round++) {
      try { [IO.File]::Delete((Join-Path $folder $file)); break } catch { Start-Sleep -Milliseconds 500 }
    }
  }
  try { [IO.Directory]::Delete($folder) }
  catch { 'left ' + $folder + ' ' + [string]::Join(' ', @([IO.Directory]::GetFileSystemEntries($folder) | ForEach-Object { [IO.Path]::GetFileName($_) })) }
}
exit 0
`;
