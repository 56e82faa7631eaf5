package dev.entente.server.api.waiting;

import com.google.protobuf.Timestamp;
import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.server.codec.wording.WaitSentence;
import dev.entente.server.codec.wording.Words;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.store.WaitKind;
import dev.entente.v1.Waiting;
import java.time.Instant;

/** Writes a wait as the API shows it, with its sentence. */
public final class ShownWait {
    private ShownWait() {}

    /** @param wait of that transaction */
    public static Waiting.Builder of(Snapshot snapshot, WaitReason wait, Instant now) {
        Waiting.Builder shown = Waiting.newBuilder()
                .setKindValue(wait.kind().code())
                .setBranch(wait.branch())
                .setParticipant(wait.participant())
                .setSince(timestamp(wait.since()))
                .setAttempts(wait.attempts())
                .setBlockedBy(wait.blockedBy())
                .setLastError(wait.lastError());
        if (wait.kind() == WaitKind.APPROVAL) {
            shown.setPrompt(prompt(snapshot, wait));
        }
        if (wait.nextAt() != null) {
            shown.setNextTime(timestamp(wait.nextAt()));
        }
        boolean mayAbort = wait.kind() == WaitKind.PARKED && Decider.mayAbort(snapshot.plan(), snapshot.progress());
        return shown.setSentence(WaitSentence.of(shown.build(), mayAbort, now, Words.ENGLISH));
    }

    private static String prompt(Snapshot snapshot, WaitReason wait) {
        int index = snapshot.plan().indexOf(wait.branch());
        Branch branch = index < 0 ? null : snapshot.plan().branches().get(index);
        Approval approval = branch == null ? null : branch.approval();
        return approval == null ? "" : approval.prompt();
    }

    private static Timestamp timestamp(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }
}
