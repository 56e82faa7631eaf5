package dev.entente.core.codec;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Activity;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Direction;
import dev.entente.core.transaction.KnownResponse;
import dev.entente.core.transaction.NextCall;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import dev.entente.core.transaction.UnknownCode;
import dev.entente.core.transaction.Unsent;
import dev.entente.stored.v1.BranchProgressOrBuilder;
import dev.entente.stored.v1.ProgressOrBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Converts progress to bytes and back. Times keep their milliseconds. Calls in flight are not stored, because a reader
 * cannot know about them. Unknown fields pass through unchanged. Thread-safe.
 */
public final class ProgressCodec {
    private ProgressCodec() {}

    public static ByteString encode(Progress progress) {
        return encode(progress, true);
    }

    /** @param keepsResponses false leaves out the participants' responses */
    public static ByteString encode(Progress progress, boolean keepsResponses) {
        var message = dev.entente.stored.v1.Progress.newBuilder()
                .setState(progress.state().code())
                .setDetail(progress.detail())
                .setForced(progress.isForced())
                .setPivotRevision(progress.pivotRevision())
                .setDecidedRevision(progress.decidedRevision())
                .setRestRev(progress.restRev() + 1)
                .setHistory(HistoryCodec.message(progress.history()));
        for (BranchProgress branch : progress.branches()) {
            write(branch, keepsResponses, message.addBranchesBuilder());
        }
        if (progress.abortReason() != null) {
            message.setAbortReason(progress.abortReason().code());
        }
        if (progress.parked() != null) {
            ParkedCodec.write(progress.parked(), message);
        }
        if (!progress.unknownFields().isEmpty()) {
            StoredProgress.restore(progress.unknownFields(), message);
        }
        return message.build().toByteString();
    }

    /**
     * Reads the bytes that {@link #encode} wrote. For each branch that joined the plan since then, adds the fact of its
     * registration.
     *
     * @param plan of the same row
     * @throws UnreadableRow if the bytes are damaged, have more branches than the plan, or have codes that only newer
     *     programs know
     */
    public static Progress decode(ByteString bytes, Plan plan) {
        var message = StoredProgress.parse(bytes);
        try {
            return progress(message, plan).keeping(StoredProgress.unknownFields(message));
        } catch (UnknownCode newer) {
            throw UnreadableRow.ofCode(newer);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new UnreadableRow("the stored progress is damaged: " + e.getMessage(), e);
        }
    }

    private static Progress progress(ProgressOrBuilder message, Plan plan) {
        int size = plan.branches().size();
        if (message.getBranchesCount() > size) {
            throw new UnreadableRow("the stored progress has %s branches, its plan has only %s"
                    .formatted(message.getBranchesCount(), size));
        }
        List<BranchProgress> branches = new ArrayList<>(size);
        message.getBranchesList().forEach(branch -> branches.add(branch(branch)));
        branches.addAll(Collections.nCopies(Math.max(0, plan.declared() - branches.size()), BranchProgress.UNTOUCHED));
        Progress stored = new Progress(
                TransactionState.of(message.getState()),
                List.copyOf(branches),
                new Direction(
                        abortReason(message.getAbortReason()),
                        message.getDetail(),
                        message.getForced(),
                        message.getPivotRevision(),
                        message.getDecidedRevision()),
                message.hasParked() ? ParkedCodec.read(message.getParked()) : null,
                message.getRestRev() - 1,
                HistoryCodec.history(message.getHistory()));
        return Decider.withRegistrations(stored, plan);
    }

    /** @param withResponse whether the response is written, too */
    private static void write(
            BranchProgress branch, boolean withResponse, dev.entente.stored.v1.BranchProgress.Builder message) {
        message.setState(branch.state().code())
                .setRole(StoredCodes.of(branch.role()))
                .setAttempts(branch.attempts())
                .setSent(branch.sent())
                .setLastOutcome(branch.lastOutcome())
                .setLastError(branch.tried().lastError())
                .setDoneRevision(branch.known().revision())
                .setStuck(branch.stuck() == null ? 0 : branch.stuck().code());
        if (withResponse && branch.response() != null) {
            message.setResponse(branch.response());
        }
        if (branch.nextAttemptAt() != null) {
            message.setNextAttemptMs(branch.nextAttemptAt().toEpochMilli());
        }
        if (branch.next().inProgressSince() != null) {
            message.setInProgressSinceMs(branch.next().inProgressSince().toEpochMilli());
        }
        Unsent unsent = branch.next().unsent();
        if (unsent != null) {
            message.setUnsent(unsent.why());
            if (unsent.unreachableSince() != null) {
                message.setUnreachableSinceMs(unsent.unreachableSince().toEpochMilli());
            }
        }
        if (branch.blockedBy() != null) {
            message.setBlockedBy(branch.blockedBy());
        }
    }

    private static BranchProgress branch(BranchProgressOrBuilder message) {
        return new BranchProgress(
                BranchState.of(message.getState()),
                StoredCodes.role(message.getRole()),
                message.getSent(),
                new AttemptCount(message.getAttempts(), message.getLastOutcome(), message.getLastError()),
                new KnownResponse(message.hasResponse() ? message.getResponse() : null, message.getDoneRevision()),
                nextCall(message),
                Activity.NONE);
    }

    private static NextCall nextCall(BranchProgressOrBuilder message) {
        return new NextCall(
                message.hasNextAttemptMs() ? StoredCodes.time(message.getNextAttemptMs()) : null,
                message.hasInProgressSinceMs() ? StoredCodes.time(message.getInProgressSinceMs()) : null,
                unsent(message),
                message.getStuck() == 0 ? null : ParkReason.of(message.getStuck()),
                message.hasBlockedBy() ? message.getBlockedBy() : null);
    }

    private static @Nullable Unsent unsent(BranchProgressOrBuilder message) {
        Instant since = message.hasUnreachableSinceMs() ? StoredCodes.time(message.getUnreachableSinceMs()) : null;
        return message.hasUnsent() || since != null ? new Unsent(message.getUnsent(), since) : null;
    }

    static @Nullable AbortReason abortReason(int code) {
        return code == 0 ? null : AbortReason.of(code);
    }
}
