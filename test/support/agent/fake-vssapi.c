/*
 * A Volume Shadow Copy Service for tests under wine: every volume's snapshot is the device E:, and one writer has
 * failed. FAKE_VSS=refuse in the environment makes it refuse all volumes. It keeps the order of calls that the real
 * service asks for, and answers VSS_E_BAD_STATE to every other one.
 */
#define COBJMACROS
#include <windows.h>
#include <objbase.h>
#include <oleauto.h>

#include <vss.h>
#include <vswriter.h>
#include <vsbackup.h>

enum stage { CREATED, INITIALISED, IN_CONTEXT, STATED, GATHERED, STARTED, PREPARED, DONE, COMPLETE };

static enum stage stage;

static HRESULT step(enum stage from, enum stage to)
{
  if (stage != from)
    return VSS_E_BAD_STATE;
  stage = to;
  return S_OK;
}

static int asked;
static HRESULT WINAPI async_query(IVssAsync *self, HRESULT *result, INT *reserved)
{
  /* Not at once, as in life. */
  *result = ++asked % 2 == 1 ? VSS_S_ASYNC_PENDING : VSS_S_ASYNC_FINISHED;
  return S_OK;
}
static ULONG WINAPI async_release(IVssAsync *self) { return 0; }
static IVssAsyncVtbl async_table = {.QueryStatus = async_query, .Release = async_release};
static IVssAsync the_async = {&async_table};

static HRESULT begin(enum stage from, enum stage to, IVssAsync **out)
{
  *out = &the_async;
  return step(from, to);
}

static HRESULT WINAPI initialise(IVssBackupComponents *self, BSTR xml) { return step(CREATED, INITIALISED); }
static HRESULT WINAPI set_context(IVssBackupComponents *self, LONG context)
{
  return context == VSS_CTX_BACKUP ? step(INITIALISED, IN_CONTEXT) : VSS_E_UNSUPPORTED_CONTEXT;
}
static HRESULT WINAPI set_state(IVssBackupComponents *self, boolean components, boolean bootable,
                                VSS_BACKUP_TYPE type, boolean partial)
{
  return type == VSS_BT_COPY ? step(IN_CONTEXT, STATED) : E_INVALIDARG;
}
static HRESULT WINAPI gather_metadata(IVssBackupComponents *self, IVssAsync **out)
{
  return begin(STATED, GATHERED, out);
}
static HRESULT WINAPI start_set(IVssBackupComponents *self, VSS_ID *id)
{
  memset(id, 7, sizeof *id);
  return step(GATHERED, STARTED);
}
static HRESULT WINAPI add(IVssBackupComponents *self, VSS_PWSZ volume, VSS_ID provider, VSS_ID *id)
{
  char mode[16] = "";

  GetEnvironmentVariableA("FAKE_VSS", mode, sizeof mode);
  memset(id, 8, sizeof *id);
  if (stage != STARTED)
    return VSS_E_BAD_STATE;
  return strcmp(mode, "refuse") == 0 || wcscmp(volume, L"D:\\") != 0 ? VSS_E_OBJECT_NOT_FOUND : S_OK;
}
static HRESULT WINAPI prepare(IVssBackupComponents *self, IVssAsync **out)
{
  return begin(STARTED, PREPARED, out);
}
static HRESULT WINAPI make(IVssBackupComponents *self, IVssAsync **out) { return begin(PREPARED, DONE, out); }
static HRESULT WINAPI gather_status(IVssBackupComponents *self, IVssAsync **out)
{
  return begin(DONE, DONE, out);
}
static HRESULT WINAPI count_writers(IVssBackupComponents *self, UINT *count)
{
  *count = 2;
  return S_OK;
}
static HRESULT WINAPI writer(IVssBackupComponents *self, UINT index, VSS_ID *instance, VSS_ID *id, BSTR *name,
                             VSS_WRITER_STATE *state, HRESULT *failure)
{
  *name = SysAllocString(index == 0 ? L"System Writer" : L"SqlServerWriter");
  *state = index == 0 ? VSS_WS_STABLE : VSS_WS_FAILED_AT_FREEZE;
  *failure = index == 0 ? S_OK : VSS_E_WRITERERROR_TIMEOUT;
  return S_OK;
}
static HRESULT WINAPI free_status(IVssBackupComponents *self) { return S_OK; }
static HRESULT WINAPI properties(IVssBackupComponents *self, VSS_ID id, VSS_SNAPSHOT_PROP *out)
{
  static WCHAR device[] = L"\\\\.\\E:";

  out->m_pwszSnapshotDeviceObject = device;
  return stage == DONE ? S_OK : VSS_E_BAD_STATE;
}
static HRESULT WINAPI complete(IVssBackupComponents *self, IVssAsync **out) { return begin(DONE, COMPLETE, out); }
static HRESULT WINAPI abort_backup(IVssBackupComponents *self) { return S_OK; }
static ULONG WINAPI release(IVssBackupComponents *self) { return 0; }

static IVssBackupComponentsVtbl table = {
    .Release = release,
    .InitializeForBackup = initialise,
    .SetContext = set_context,
    .SetBackupState = set_state,
    .GatherWriterMetadata = gather_metadata,
    .StartSnapshotSet = start_set,
    .AddToSnapshotSet = add,
    .PrepareForBackup = prepare,
    .DoSnapshotSet = make,
    .GatherWriterStatus = gather_status,
    .GetWriterStatusCount = count_writers,
    .GetWriterStatus = writer,
    .FreeWriterStatus = free_status,
    .GetSnapshotProperties = properties,
    .BackupComplete = complete,
    .AbortBackup = abort_backup,
};
static IVssBackupComponents the_backup = {&table};

__declspec(dllexport) HRESULT WINAPI CreateVssBackupComponentsInternal(IVssBackupComponents **out)
{
  stage = CREATED;
  *out = &the_backup;
  return S_OK;
}

__declspec(dllexport) void WINAPI VssFreeSnapshotPropertiesInternal(VSS_SNAPSHOT_PROP *unused) { (void)unused; }
