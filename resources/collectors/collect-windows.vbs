' Collects what an assessment needs to know of this Windows machine and writes it as one JSON document (a "bundle").
' The twin of collect-windows.ps1 for Windows Server 2003 and others without PowerShell.
'
'   cscript //nologo collect-windows.vbs C:\server.json
'   cscript //nologo collect-windows.vbs > server.json
'
' The document is pure ASCII, so no code page can harm it. Changes nothing but scratch files in the temporary folder,
' which are removed. Collects no secrets: no environment, no command lines of services.
Option Explicit

Const maxCharacters = 2097152
Dim commands, unread, shell, files, scratchCount
commands = ""
unread = ""
scratchCount = 0
Set shell = CreateObject("WScript.Shell")
Set files = CreateObject("Scripting.FileSystemObject")

' Text as a JSON string. AscW is negative above 32767.
Function JsonString(ByVal text)
  Dim at, code, result, part
  If Len(text) > maxCharacters Then text = Left(text, maxCharacters)
  result = ""
  part = ""
  For at = 1 To Len(text)
    code = AscW(Mid(text, at, 1))
    If code < 0 Then code = code + 65536
    Select Case code
      Case 34: part = part & "\"""
      Case 92: part = part & "\\"
      Case 10: part = part & "\n"
      Case 13: part = part & "\r"
      Case 9: part = part & "\t"
      Case Else
        If code < 32 Or code > 126 Then
          part = part & "\u" & Right("000" & LCase(Hex(code)), 4)
        Else
          part = part & Chr(code)
        End If
    End Select
    ' Short pieces first: appending single characters to a long string takes quadratic time.
    If Len(part) > 2000 Then
      result = result & part
      part = ""
    End If
  Next
  JsonString = """" & result & part & """"
End Function

' Bytes as a JSON string: ASCII as it is, any other byte as the lone surrogate \udc80 + (byte - 128), from which the
' reader gets the byte back and finds the code page.
Function JsonBytes(bytes)
  Dim at, code, result, part
  result = ""
  part = ""
  If Not IsNull(bytes) And Not IsEmpty(bytes) Then
    For at = 1 To LenB(bytes)
      If at > maxCharacters Then Exit For
      code = AscB(MidB(bytes, at, 1))
      Select Case code
        Case 34: part = part & "\"""
        Case 92: part = part & "\\"
        Case 10: part = part & "\n"
        Case 13: part = part & "\r"
        Case 9: part = part & "\t"
        Case Else
          If code > 127 Then
            part = part & "\udc" & LCase(Hex(code))
          ElseIf code < 32 Or code = 127 Then
            part = part & "\u" & Right("000" & LCase(Hex(code)), 4)
          Else
            part = part & Chr(code)
          End If
      End Select
      If Len(part) > 2000 Then
        result = result & part
        part = ""
      End If
    Next
  End If
  JsonBytes = """" & result & part & """"
End Function

Sub AddEntry(name, stdoutJson, stderrJson, exitCode)
  If commands <> "" Then commands = commands & "," & vbLf
  commands = commands & JsonString(name) & ": {""stdout"": " & stdoutJson & ", ""stderr"": " & stderrJson & ", ""exitCode"": " & CStr(exitCode) & "}"
End Sub

Sub AddUnread(what, why)
  If unread <> "" Then unread = unread & "," & vbLf
  unread = unread & JsonString(what) & ": " & JsonString(why)
End Sub

Function ValueText(value)
  Dim element, result
  If IsNull(value) Or IsEmpty(value) Then
    ValueText = ""
  ElseIf IsArray(value) Then
    result = ""
    For Each element In value
      If result <> "" Then result = result & ","
      If Not IsNull(element) Then result = result & CStr(element)
    Next
    ValueText = result
  ElseIf VarType(value) = vbBoolean Then
    ' CStr would translate.
    If value Then ValueText = "TRUE" Else ValueText = "FALSE"
  Else
    ValueText = Replace(Replace(CStr(value), vbCr, " "), vbLf, " ")
  End If
End Function

' Objects of a WMI class as KEY=value blocks. Properties that this Windows does not know are left out.
Sub AddWmiClass(class_, properties, condition, isOptional)
  Dim service, objects, object, property, wanted, name, text, query
  On Error Resume Next
  Err.Clear
  Set service = GetObject("winmgmts:{impersonationLevel=impersonate}!\\.\root\cimv2")
  query = "SELECT * FROM " & class_
  If condition <> "" Then query = query & " WHERE " & condition
  Set objects = service.ExecQuery(query)
  text = ""
  wanted = Split(properties, " ")
  For Each object In objects
    If Err.Number <> 0 Then Exit For
    For Each name In wanted
      Err.Clear
      Set property = Nothing
      Set property = object.Properties_.Item(name)
      If Err.Number = 0 And Not property Is Nothing Then text = text & name & "=" & ValueText(property.Value) & vbLf
      Err.Clear
    Next
    text = text & vbLf
  Next
  If Err.Number <> 0 And Not isOptional Then AddUnread "wmi " & class_, "failed: " & Err.Description
  If text <> "" Then AddEntry "wmi " & class_, JsonString(text), """""", 0
  Err.Clear
  On Error GoTo 0
End Sub

Function ReadBytes(path)
  Dim stream
  ReadBytes = Null
  On Error Resume Next
  If files.FileExists(path) Then
    Set stream = CreateObject("ADODB.Stream")
    stream.Type = 1
    stream.Open
    stream.LoadFromFile path
    If stream.Size > 0 Then ReadBytes = stream.Read
    stream.Close
  End If
  On Error GoTo 0
End Function

' A console program with 45 seconds to run; its output passes through files, so its bytes stay what they are.
Sub AddProgram(name, program, arguments, standardInput)
  Dim path, base, process, waited, inFile, code
  path = files.BuildPath(files.GetSpecialFolder(1), program)
  If Not files.FileExists(path) Then Exit Sub
  scratchCount = scratchCount + 1
  base = files.BuildPath(files.GetSpecialFolder(2), files.GetTempName() & CStr(scratchCount))
  On Error Resume Next
  Set inFile = files.CreateTextFile(base & ".in", True, False)
  inFile.Write standardInput
  inFile.Close
  Set process = shell.Exec("cmd /c """"" & path & """ " & arguments & " <""" & base & ".in"" >""" & base & ".out"" 2>""" & base & ".err""""")
  waited = 0
  Do While process.Status = 0 And waited < 450
    WScript.Sleep 100
    waited = waited + 1
  Loop
  If process.Status = 0 Then
    process.Terminate
    code = 124
    AddUnread name, "timed out after 45 s"
  Else
    code = process.ExitCode
  End If
  AddEntry name, JsonBytes(ReadBytes(base & ".out")), JsonBytes(ReadBytes(base & ".err")), code
  files.DeleteFile base & ".in", True
  files.DeleteFile base & ".out", True
  files.DeleteFile base & ".err", True
  On Error GoTo 0
End Sub

' Only administrators may read the local service's hive.
Function IsPrivileged()
  On Error Resume Next
  Err.Clear
  shell.RegRead "HKEY_USERS\S-1-5-19\Environment\TEMP"
  IsPrivileged = (Err.Number = 0)
  On Error GoTo 0
End Function

' UTC from WMI's own clock: VBScript knows local time only.
Function UtcNow()
  Dim service, item, time_, offset
  UtcNow = ""
  On Error Resume Next
  Set time_ = CreateObject("WbemScripting.SWbemDateTime")
  time_.SetVarDate Now, True
  If Err.Number = 0 Then
    offset = time_.GetVarDate(False)
    UtcNow = Year(offset) & "-" & Right("0" & Month(offset), 2) & "-" & Right("0" & Day(offset), 2) & "T" & Right("0" & Hour(offset), 2) & ":" & Right("0" & Minute(offset), 2) & ":" & Right("0" & Second(offset), 2) & "Z"
  End If
  On Error GoTo 0
End Function

Dim privileged, drives, drive, script, service
privileged = IsPrivileged()
If privileged Then
  AddEntry "privilege-check", JsonString("privileged" & vbLf), """""", 0
Else
  AddEntry "privilege-check", JsonString("unprivileged" & vbLf), """""", 0
  AddUnread "VSS writers, boot configuration, diskpart", "permission denied: not Administrator"
End If

AddWmiClass "Win32_OperatingSystem", "Caption Version BuildNumber ProductType CSDVersion ServicePackMajorVersion OSArchitecture OSLanguage CSName OtherTypeDescription OperatingSystemSKU TotalVisibleMemorySize FreePhysicalMemory SystemDrive CodeSet Locale", "", False
AddWmiClass "Win32_ComputerSystem", "Manufacturer Model SystemType DomainRole PartOfDomain TotalPhysicalMemory", "", False
AddWmiClass "Win32_BIOS", "Manufacturer SMBIOSBIOSVersion Version Name", "", False
AddWmiClass "Win32_Processor", "Name Architecture AddressWidth NumberOfLogicalProcessors", "", False
AddWmiClass "Win32_DiskDrive", "DeviceID Index Model Size InterfaceType MediaType BytesPerSector SerialNumber", "", False
AddWmiClass "Win32_DiskPartition", "DeviceID DiskIndex Index Type Size StartingOffset PrimaryPartition BootPartition", "", False
AddWmiClass "Win32_LogicalDisk", "DeviceID DriveType FileSystem Size FreeSpace VolumeName VolumeSerialNumber ProviderName", "", False
AddWmiClass "Win32_LogicalDiskToPartition", "Antecedent Dependent", "", False
AddWmiClass "Win32_Volume", "DeviceID DriveLetter DriveType FileSystem Capacity FreeSpace Label", "", True
AddWmiClass "Win32_NetworkAdapterConfiguration", "Description Index MACAddress IPEnabled DHCPEnabled IPAddress IPSubnet DefaultIPGateway DNSServerSearchOrder ServiceName", "IPEnabled=TRUE", False
AddWmiClass "Win32_NetworkAdapter", "Index Name NetConnectionID MACAddress", "NetConnectionID IS NOT NULL", True
AddWmiClass "Win32_Service", "Name DisplayName State StartMode", "", False
AddWmiClass "Win32_SystemDriver", "Name State", "", False
AddWmiClass "Win32_PageFileUsage", "Name AllocatedBaseSize CurrentUsage", "", True
AddWmiClass "Win32_TimeZone", "StandardName Bias", "", True

If privileged Then
  AddProgram "vssadmin list writers", "vssadmin.exe", "list writers", ""
  AddProgram "vssadmin list shadows", "vssadmin.exe", "list shadows", ""
  AddProgram "bcdedit /enum {current}", "bcdedit.exe", "/enum {current}", ""
  script = "list disk" & vbCrLf & "list volume" & vbCrLf
  On Error Resume Next
  Set service = GetObject("winmgmts:\\.\root\cimv2")
  Set drives = service.ExecQuery("SELECT Index FROM Win32_DiskDrive")
  For Each drive In drives
    script = script & "select disk " & CStr(drive.Index) & vbCrLf & "list partition" & vbCrLf
  Next
  On Error GoTo 0
  AddProgram "diskpart", "diskpart.exe", "", script & "exit" & vbCrLf
End If
AddProgram "w32tm /query /status", "w32tm.exe", "/query /status", ""

' Updates that wait for a restart leave one of these keys; of each only whether it is there.
Dim registry, keyPath, subKeys, found, waiting
waiting = ""
On Error Resume Next
Set registry = GetObject("winmgmts:{impersonationLevel=impersonate}!\\.\root\default:StdRegProv")
If Err.Number = 0 Then
  For Each keyPath In Array("SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending", "SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired")
    ' An error within a condition would count as true.
    Err.Clear
    found = 1
    found = registry.EnumKey(&H80000002, keyPath, subKeys)
    If Err.Number = 0 And found = 0 Then waiting = waiting & "HKEY_LOCAL_MACHINE\" & keyPath & vbLf
  Next
  AddEntry "pending-restart", JsonString(waiting), """""", 0
End If
Err.Clear
On Error GoTo 0

Dim document, outFile
document = "{""format"": 1," & vbLf & """collectedAt"": " & JsonString(UtcNow()) & "," & vbLf
document = document & """collector"": ""collect-windows.vbs 1""," & vbLf & """platform"": ""windows""," & vbLf & """files"": {}," & vbLf
document = document & """commands"": {" & vbLf & commands & vbLf & "}," & vbLf
document = document & """unread"": {" & vbLf & unread & vbLf & "}}" & vbLf
If WScript.Arguments.Count > 0 Then
  Set outFile = files.CreateTextFile(WScript.Arguments.Item(0), True, False)
  outFile.Write document
  outFile.Close
Else
  WScript.StdOut.Write document
End If
