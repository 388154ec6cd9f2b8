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
  $actual = Get-Sha256 $file
  $file.Close()
  if ($actual -ne $expected) { "sma-upload differs $actual"; exit 0 }
  if ([IO.File]::Exists($path)) { [IO.File]::Delete($path) }
  [IO.File]::Move($path + '.sma-part', $path)
  'sma-upload done'
} catch {
  $cause = $_.Exception
  while ($cause.InnerException) { $cause = $cause.InnerException }
  $code = [Runtime.InteropServices.Marshal]::GetHRForException($cause) -band 0xFFFF
  'sma-upload failed {0} {1}' -f $code, ($cause.Message -replace '\\s+', ' ')
}
`;
