/**
 * The source's side of an upload, for Windows PowerShell 2.0 and later. Both print one line that begins with
 * `sma-upload`; the first line of each names it.
 */

const shared = `
$ErrorActionPreference = 'Stop'
function Get-Sha256($stream) {
  # The first works where policy demands FIPS, the second where .NET is older than 3.5.
  try { $sha = New-Object Security.Cryptography.SHA256CryptoServiceProvider }
  catch { $sha = New-Object Security.Cryptography.SHA256Managed }
  $stream.Position = 0
  [BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '').ToLower()
}
function Open-Part($path, $mode) {
  # Shared, because the receiver of an upload that broke off may still hold the file.
  New-Object IO.FileStream(($path + '.sma-part'), [IO.FileMode]$mode, [IO.FileAccess]'ReadWrite', [IO.FileShare]'ReadWrite,Delete')
}`;

/** Takes the part, once it has the hash, for the whole. */
const finishPart = `  $actual = Get-Sha256 $file
  $file.Close()
  if ($actual -ne $expected) { "sma-upload differs $actual"; exit 0 }
  if ([IO.File]::Exists($path)) { [IO.File]::Delete($path) }
  [IO.File]::Move($path + '.sma-part', $path)
  'sma-upload done'`;

/** Parameter: the file's path. Prints `sma-upload part LENGTH SHA256` of what an earlier upload left, or `none`. */
export const uploadStatusScript = `# sma upload status
param($path)
${shared}
if (-not [IO.File]::Exists($path + '.sma-part')) { 'sma-upload none'; exit 0 }
$file = Open-Part $path 'Open'
'sma-upload part {0} {1}' -f $file.Length, (Get-Sha256 $file)
$file.Close()
`;

/**
 * Parameters: path, offset, SHA-256 of the whole file. Appends standard input to the part at the offset; where the
 * whole has the hash it is renamed to the path. Prints `sma-upload done`, `sma-upload differs SHA256`, or
 * `sma-upload failed CODE MESSAGE` with the Windows error code.
 */
export const uploadReceiveScript = `# sma upload receive
param($path, [int64]$offset, $expected)
${shared}
try {
  $file = Open-Part $path 'OpenOrCreate'
  $file.SetLength($offset)
  $file.Position = $offset
  $source = [Console]::OpenStandardInput()
  $buffer = New-Object byte[] 262144
  while (($count = $source.Read($buffer, 0, $buffer.Length)) -gt 0) {
    $file.Write($buffer, 0, $count)
    $file.Flush()
  }
${finishPart}
} catch {
  $cause = $_.Exception
  while ($cause.InnerException) { $cause = $cause.InnerException }
  $code = [Runtime.InteropServices.Marshal]::GetHRForException($cause) -band 0xFFFF
  'sma-upload failed {0} {1}' -f $code, ($cause.Message -replace '\\s+', ' ')
}
`;

/**
 * Parameters: host, port, token, SHA-256 of the server's certificate, path, SHA-256 of the file. Fetches the file over
 * TLS; the certificate is compared before anything is asked. Prints what {@link uploadReceiveScript} does.
 */
export const fetchScript = `# sma fetch
param($name, [int]$port, $token, $pin, $path, $expected)
${shared}
try {
  $client = New-Object Net.Sockets.TcpClient($name, $port)
  $client.ReceiveTimeout = 60000
  $tls = New-Object Net.Security.SslStream($client.GetStream(), $false, [Net.Security.RemoteCertificateValidationCallback]{ $true })
  # The newer versions where .NET knows them.
  try { $tls.AuthenticateAsClient('installation.sma.internal', $null, [Security.Authentication.SslProtocols]4032, $false) }
  catch [Management.Automation.MethodException] { $tls.AuthenticateAsClient('installation.sma.internal') }
  $certificate = New-Object IO.MemoryStream(,$tls.RemoteCertificate.GetRawCertData())
  if ((Get-Sha256 $certificate) -ne $pin) { 'sma-upload failed 0 another certificate than the assistant shows: somebody is between'; exit 0 }
  $end = [string][char]13 + [char]10
  $request = [Text.Encoding]::ASCII.GetBytes("GET /$token HTTP/1.0" + $end + $end)
  $tls.Write($request, 0, $request.Length)
  $head = New-Object Text.StringBuilder
  while (-not $head.ToString().EndsWith($end + $end)) {
    $byte = $tls.ReadByte()
    if ($byte -lt 0 -or $head.Length -gt 8192) { throw 'the answer is not one of HTTP' }
    [void]$head.Append([char]$byte)
  }
  if (-not $head.ToString().StartsWith('HTTP/1.1 200')) { throw ('the answer is ' + $head.ToString().Split([char]13)[0]) }
  $file = Open-Part $path 'Create'
  $buffer = New-Object byte[] 262144
  while (($count = $tls.Read($buffer, 0, $buffer.Length)) -gt 0) { $file.Write($buffer, 0, $count) }
  $file.Flush()
${finishPart}
} catch {
  $cause = $_.Exception
  while ($cause.InnerException) { $cause = $cause.InnerException }
  'sma-upload failed 0 ' + ($cause.Message -replace '\\s+', ' ')
}
`;
