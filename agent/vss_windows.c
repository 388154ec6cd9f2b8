#include "vss_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define COBJMACROS
#include <windows.h>
#include <objbase.h>

#include <vss.h>
#include <vswriter.h>
#include <vsbackup.h>

#include "text_windows.h"
#include "vss_words_windows.h"

/*
 * The service's library is asked for by name: Server 2003 exports only the C++ function's mangled name, later systems
 * the plain one beside it. The interface is the same.
 */
enum { STEP_MS = 200, LONGEST_STEP_MS = 15 * 60 * 1000, ATTEMPTS = 3, BETWEEN_ATTEMPTS_MS = 10000, NOTE = 600 };

typedef HRESULT(WINAPI *create_call)(IVssBackupComponents **out);
typedef void(WINAPI *free_call)(VSS_SNAPSHOT_PROP *properties);

struct vss {
	IVssBackupComponents *backup;
};

struct taking {
	IVssBackupComponents *backup;
	const struct volume_place *volumes;
	size_t count;
	VSS_ID ids[MOST_VOLUMES];
	bool added[MOST_VOLUMES];
	disk_note note;
	void *context;
	/* What failed last, for its explanation. */
	const char *step;
};

static const GUID any_provider;

static create_call find_create(void)
{
#ifdef _WIN64
	static const char mangled[] = "?CreateVssBackupComponents@@YAJPEAPEAVIVssBackupComponents@@@Z";
#else
	static const char mangled[] = "?CreateVssBackupComponents@@YGJPAPAVIVssBackupComponents@@@Z";
#endif
	create_call create = (create_call)late_function(L"vssapi.dll", "CreateVssBackupComponentsInternal");

	return create != NULL ? create : (create_call)late_function(L"vssapi.dll", mangled);
}

static void free_properties(VSS_SNAPSHOT_PROP *properties)
{
	free_call call = (free_call)late_function(L"vssapi.dll", "VssFreeSnapshotPropertiesInternal");

	if (call == NULL)
		call = (free_call)late_function(L"vssapi.dll", "VssFreeSnapshotProperties");
	if (call != NULL)
		call(properties);
}

/* Waits for what a call has begun. Server 2003 knows no waiting with a limit. */
static HRESULT finish(HRESULT begun, IVssAsync **made)
{
	IVssAsync *async = *made;
	HRESULT result = begun, status = VSS_S_ASYNC_PENDING;

	if (FAILED(begun) || async == NULL)
		return begun;
	for (unsigned waited = 0; status == VSS_S_ASYNC_PENDING; waited += STEP_MS) {
		result = IVssAsync_QueryStatus(async, &status, NULL);
		if (FAILED(result))
			break;
		if (status == VSS_S_ASYNC_PENDING && waited >= LONGEST_STEP_MS) {
			IVssAsync_Cancel(async);
			result = VSS_E_WRITER_NOT_RESPONDING;
			break;
		}
		if (status == VSS_S_ASYNC_PENDING)
			Sleep(STEP_MS);
		else
			result = status == VSS_S_ASYNC_CANCELLED ? E_ABORT : FAILED(status) ? status : S_OK;
	}
	IVssAsync_Release(async);
	return result;
}

static void say_failure(const struct taking *t, const char *what, HRESULT code)
{
	char text[NOTE], why[NOTE - 100];

	vss_explain(code, why, sizeof why);
	snprintf(text, sizeof text, "%.90s: %s", what, why);
	t->note(t->context, text);
}

/* Every writer that failed is named: its application's data in the snapshot are as after a power cut. */
static void report_writers(const struct taking *t)
{
	IVssAsync *async = NULL;
	UINT count = 0;

	if (FAILED(finish(IVssBackupComponents_GatherWriterStatus(t->backup, &async), &async)) ||
	    FAILED(IVssBackupComponents_GetWriterStatusCount(t->backup, &count)))
		return;
	for (UINT i = 0; i < count; i++) {
		VSS_ID instance, writer;
		VSS_WRITER_STATE state = VSS_WS_UNKNOWN;
		HRESULT failure = S_OK;
		BSTR name = NULL;
		char text[160], plain[100] = "?";

		if (FAILED(IVssBackupComponents_GetWriterStatus(t->backup, i, &instance, &writer, &name, &state, &failure)))
			continue;
		if (FAILED(failure) || state >= VSS_WS_FAILED_AT_IDENTIFY) {
			if (name != NULL)
				text_from_wide(name, plain, sizeof plain);
			snprintf(text, sizeof text, "VSS writer %.80s %s", plain, vss_writer_state((int)state));
			say_failure(t, text, failure);
		}
		if (name != NULL) {
			void(WINAPI * free_string)(BSTR) = (void(WINAPI *)(BSTR))late_function(L"oleaut32.dll", "SysFreeString");

			if (free_string != NULL)
				free_string(name);
		}
	}
	IVssBackupComponents_FreeWriterStatus(t->backup);
}

static HRESULT add_volumes(struct taking *t)
{
	size_t added = 0;
	HRESULT last = VSS_E_VOLUME_NOT_SUPPORTED;

	t->step = "volumes";
	for (size_t i = 0; i < t->count; i++) {
		wchar_t name[VOLUME_NAME];
		char what[VOLUME_LABEL + 32];
		HRESULT result;

		wcscpy(name, t->volumes[i].name);
		result = IVssBackupComponents_AddToSnapshotSet(t->backup, name, any_provider, &t->ids[i]);
		t->added[i] = SUCCEEDED(result);
		if (t->added[i]) {
			added++;
			continue;
		}
		last = result;
		snprintf(what, sizeof what, "volume %s is read as it is", t->volumes[i].label);
		say_failure(t, what, result);
	}
	return added > 0 ? S_OK : last;
}

static HRESULT prepare(struct taking *t)
{
	IVssAsync *async = NULL;
	VSS_ID set;
	HRESULT result;

	t->step = "start";
	result = IVssBackupComponents_InitializeForBackup(t->backup, NULL);
	if (SUCCEEDED(result))
		result = IVssBackupComponents_SetContext(t->backup, VSS_CTX_BACKUP);
	/* A copy: backup products' logs and marks stay as they are. */
	if (SUCCEEDED(result))
		result = IVssBackupComponents_SetBackupState(t->backup, false, true, VSS_BT_COPY, false);
	if (FAILED(result))
		return result;
	t->step = "writers' metadata";
	result = finish(IVssBackupComponents_GatherWriterMetadata(t->backup, &async), &async);
	if (FAILED(result))
		return result;
	t->step = "start of the set";
	result = IVssBackupComponents_StartSnapshotSet(t->backup, &set);
	if (SUCCEEDED(result))
		result = add_volumes(t);
	if (FAILED(result))
		return result;
	t->step = "preparation";
	async = NULL;
	return finish(IVssBackupComponents_PrepareForBackup(t->backup, &async), &async);
}

static HRESULT make(struct taking *t)
{
	IVssAsync *async = NULL;
	HRESULT result = prepare(t);

	if (FAILED(result)) {
		IVssBackupComponents_AbortBackup(t->backup);
		return result;
	}
	t->step = "snapshot";
	result = finish(IVssBackupComponents_DoSnapshotSet(t->backup, &async), &async);
	report_writers(t);
	if (FAILED(result))
		IVssBackupComponents_AbortBackup(t->backup);
	return result;
}

static void read_devices(const struct taking *t, struct vss_snapshot *out)
{
	for (size_t i = 0; i < t->count; i++) {
		VSS_SNAPSHOT_PROP properties;

		out[i].taken = false;
		memset(&properties, 0, sizeof properties);
		if (!t->added[i] || FAILED(IVssBackupComponents_GetSnapshotProperties(t->backup, t->ids[i], &properties)))
			continue;
		if (properties.m_pwszSnapshotDeviceObject != NULL &&
		    wcslen(properties.m_pwszSnapshotDeviceObject) < sizeof out[i].device / sizeof *out[i].device) {
			wcscpy(out[i].device, properties.m_pwszSnapshotDeviceObject);
			out[i].taken = true;
		}
		free_properties(&properties);
	}
}

/* The writers must be able to call back; when somebody has set it already, so be it. */
static void start_com(void)
{
	static bool started;

	if (started)
		return;
	started = true;
	CoInitializeEx(NULL, COINIT_MULTITHREADED);
	CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE,
			     NULL);
}

struct vss *vss_take(const struct volume_place *volumes, size_t count, struct vss_snapshot *out, disk_note note,
		     void *context)
{
	struct taking t = {.volumes = volumes, .count = count, .note = note, .context = context};
	const create_call create = find_create();
	struct vss *vss = calloc(1, sizeof *vss);
	HRESULT result = E_NOTIMPL;
	char what[64];

	if (create == NULL || vss == NULL) {
		note(context, "this Windows has no Volume Shadow Copy Service for programs of this width");
		free(vss);
		return NULL;
	}
	start_com();
	for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
		t.step = "service";
		result = create(&t.backup);
		if (SUCCEEDED(result) && t.backup != NULL)
			result = make(&t);
		if (SUCCEEDED(result) && t.backup != NULL) {
			read_devices(&t, out);
			vss->backup = t.backup;
			return vss;
		}
		if (t.backup != NULL)
			IVssBackupComponents_Release(t.backup);
		t.backup = NULL;
		if (!vss_is_passing(result) || attempt == ATTEMPTS)
			break;
		Sleep(BETWEEN_ATTEMPTS_MS);
	}
	snprintf(what, sizeof what, "no snapshot (%s)", t.step);
	say_failure(&t, what, result);
	free(vss);
	return NULL;
}

void vss_let_go(struct vss *vss)
{
	IVssAsync *async = NULL;

	if (vss == NULL)
		return;
	(void)finish(IVssBackupComponents_BackupComplete(vss->backup, &async), &async);
	/* Snapshots of this kind are gone when the last reference is. */
	IVssBackupComponents_Release(vss->backup);
	free(vss);
}
