#include "vss_words_windows.h"

#include <stdint.h>
#include <stdio.h>

#include "text_windows.h"

struct words {
	uint32_t code;
	const char *name, *meaning, *remedy;
	bool passing;
};

static const struct words all[] = {
	{0x80042301, "VSS_E_BAD_STATE", "the service was asked in the wrong order",
	 "restart the service Volume Shadow Copy and try again", true},
	{0x80042302, "VSS_E_UNEXPECTED", "the service met an error that it does not explain",
	 "look for VSS and volsnap in the event logs Application and System", true},
	{0x80042304, "VSS_E_PROVIDER_NOT_REGISTERED", "the provider of snapshots is not registered",
	 "see vssadmin list providers; reinstall the provider, or remove a backup product's remains", false},
	{0x80042306, "VSS_E_PROVIDER_VETO", "the provider of snapshots refused",
	 "look for its events in the event log; free space on the volume often helps", true},
	{0x80042307, "VSS_E_PROVIDER_IN_USE", "the provider is busy", "wait for other backups to end", true},
	{0x80042308, "VSS_E_OBJECT_NOT_FOUND",
	 "the service does not know the volume or snapshot: a stale mount point, a volume that was just made or taken "
	 "offline, or one that it does not serve",
	 "compare mountvol with vssadmin list volumes; mountvol /R removes stale mount points; restart the service "
	 "Volume Shadow Copy",
	 false},
	{0x8004230c, "VSS_E_VOLUME_NOT_SUPPORTED", "no provider can make a snapshot of this volume",
	 "only NTFS and ReFS volumes have snapshots; others are read as they are", false},
	{0x8004230d, "VSS_E_OBJECT_ALREADY_EXISTS", "the volume is already in the set of snapshots", "", false},
	{0x8004230e, "VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER", "the provider cannot make a snapshot of this volume",
	 "only NTFS and ReFS volumes have snapshots; others are read as they are", false},
	{0x8004230f, "VSS_E_UNEXPECTED_PROVIDER_ERROR", "the provider of snapshots failed",
	 "look for volsnap in the event log System; check that the volume is not full", true},
	{0x80042312, "VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED", "there are too many volumes for one set of snapshots",
	 "migrate the disks in several jobs", false},
	{0x80042313, "VSS_E_FLUSH_WRITES_TIMEOUT", "the volumes did not come to rest in time",
	 "try when the server is less busy", true},
	{0x80042314, "VSS_E_HOLD_WRITES_TIMEOUT", "the volumes could not be held still for long enough",
	 "try when the server is less busy", true},
	{0x80042315, "VSS_E_UNEXPECTED_WRITER_ERROR", "a writer failed", "see vssadmin list writers", true},
	{0x80042316, "VSS_E_SNAPSHOT_SET_IN_PROGRESS", "another program is making snapshots", "wait for it to end", true},
	{0x80042317, "VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED", "the volume has as many snapshots as it can have",
	 "delete old ones: vssadmin delete shadows /for=X: /oldest", false},
	{0x80042318, "VSS_E_WRITER_INFRASTRUCTURE", "the writers cannot be reached",
	 "see vssadmin list writers; restart the services COM+ Event System and Volume Shadow Copy", true},
	{0x80042319, "VSS_E_WRITER_NOT_RESPONDING", "a writer does not answer",
	 "see vssadmin list writers and restart the service behind it", true},
	{0x8004231b, "VSS_E_UNSUPPORTED_CONTEXT", "the provider has no snapshots of this kind",
	 "see vssadmin list providers", false},
	{0x8004231d, "VSS_E_VOLUME_IN_USE", "the volume is in use", "try again later", true},
	{0x8004231e, "VSS_E_MAXIMUM_DIFFAREA_ASSOCIATIONS_REACHED", "the place for snapshots' data has too many users",
	 "see vssadmin list shadowstorage", false},
	{0x8004231f, "VSS_E_INSUFFICIENT_STORAGE", "there is no room for a snapshot",
	 "free 320 MB or more on an NTFS volume, or raise the limit: vssadmin resize shadowstorage", false},
	{0x80042321, "VSS_E_SOME_SNAPSHOTS_NOT_IMPORTED", "not all snapshots came about", "see the event log", true},
	{0x80042327, "VSS_E_REBOOT_REQUIRED", "the server must be restarted first", "restart it", false},
	{0x80042328, "VSS_E_TRANSACTION_FREEZE_TIMEOUT", "the registry's transactions did not stop in time",
	 "try when the server is less busy", true},
	{0x80042329, "VSS_E_TRANSACTION_THAW_TIMEOUT", "the registry's transactions did not go on in time",
	 "try when the server is less busy", true},
	{0x8004232d, "VSS_E_VOLUME_NOT_LOCAL", "the volume is not on this server", "", false},
	{0x8004232e, "VSS_E_CLUSTER_TIMEOUT", "the cluster did not answer in time", "try again later", true},
	{0x80042336, "VSS_E_WRITERERROR_PARTIAL_FAILURE", "a writer failed for a part of its data",
	 "see the event log of its application", true},
	{0x800423f0, "VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT", "the snapshot lacks some of the writer's data",
	 "plan all disks of that application", false},
	{0x800423f1, "VSS_E_WRITERERROR_OUTOFRESOURCES", "the writer has no memory or other resources left",
	 "restart the service behind it", true},
	{0x800423f2, "VSS_E_WRITERERROR_TIMEOUT", "the writer did not finish in the time between freeze and thaw",
	 "try when the server is less busy", true},
	{0x800423f3, "VSS_E_WRITERERROR_RETRYABLE", "the writer failed and may succeed at another try",
	 "see vssadmin list writers; restart the service behind it", true},
	{0x800423f4, "VSS_E_WRITERERROR_NONRETRYABLE", "the writer failed and will fail again",
	 "see the event log of its application; restart the service behind it", false},
	{0x800423f5, "VSS_E_WRITERERROR_RECOVERY_FAILED", "the writer could not repair its data in the snapshot",
	 "see the event log of its application", false},
	{0x80070005, "E_ACCESSDENIED", "this account may not make snapshots", "use an administrator or backup operator",
	 false},
	{0x8007000e, "E_OUTOFMEMORY", "there is no memory left", "try when the server is less busy", true},
	{0x80070422, "ERROR_SERVICE_DISABLED", "the service Volume Shadow Copy is disabled",
	 "sc config vss start= demand", false},
	{0x80040154, "REGDB_E_CLASSNOTREG",
	 "the service is not registered, or this agent is for another width than Windows", "use the agent for this processor",
	 false},
};

static const struct words *find(HRESULT code)
{
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].code == (uint32_t)code)
			return &all[i];
	return NULL;
}

void vss_explain(HRESULT code, char *out, size_t capacity)
{
	const struct words *words = find(code);
	char system[240];

	if (words != NULL) {
		snprintf(out, capacity, "0x%08x %s: %s%s%s", (unsigned)code, words->name, words->meaning,
			 words->remedy[0] == '\0' ? "" : "; ", words->remedy);
		return;
	}
	text_of_error((DWORD)code, system, sizeof system);
	snprintf(out, capacity, "0x%08x: %s", (unsigned)code, system);
}

bool vss_is_passing(HRESULT code)
{
	const struct words *words = find(code);

	return words != NULL && words->passing;
}

const char *vss_writer_state(int state)
{
	static const char *const names[] = {
		"unknown",		      "stable",
		"waiting for freeze",	      "waiting for thaw",
		"waiting for post-snapshot",  "waiting for the backup's end",
		"failed at identify",	      "failed at prepare backup",
		"failed at prepare snapshot", "failed at freeze",
		"failed at thaw",	      "failed at post-snapshot",
		"failed at backup complete",  "failed at pre-restore",
		"failed at post-restore",     "failed at backup shutdown",
	};

	return state >= 0 && (size_t)state < sizeof names / sizeof *names ? names[state] : names[0];
}
