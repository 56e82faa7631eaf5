package dev.entente.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.core.transaction.Unsent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Reads progress that an earlier version wrote, compares the fields with the fields that the earlier version read, and
 * writes equal bytes again. Each version can then read the rows of the other version. The rows come from random
 * transactions, chosen to contain each kind of event and each field of a branch.
 */
class FrozenProgressTest {
    private static final String EMPTY = "-";

    /** One row of the file: its bytes, and the fields that the earlier version read. */
    private record Stored(ByteString bytes, List<String> read) {
        long branches() {
            return read.stream().filter(line -> line.startsWith("branch\t")).count();
        }
    }

    @TestFactory
    List<DynamicTest> stored_progress_is_read_and_written_without_changes() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Stored row : rows()) {
            tests.add(DynamicTest.dynamicTest("row " + tests.size(), () -> {
                Progress progress = ProgressCodec.decode(row.bytes(), plan((int) row.branches()));
                assertThat(lines(progress)).isEqualTo(row.read());
                assertThat(ProgressCodec.encode(progress)).isEqualTo(row.bytes());
            }));
        }
        assertThat(tests).hasSizeGreaterThan(40);
        return tests;
    }

    private static List<Stored> rows() throws IOException {
        List<Stored> rows = new ArrayList<>();
        try (InputStream file = FrozenProgressTest.class.getResourceAsStream("stored-progress.txt")) {
            String text = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
            for (String line : text.lines().toList()) {
                if (line.startsWith("stored\t")) {
                    byte[] bytes = Base64.getDecoder().decode(line.substring("stored\t".length()));
                    rows.add(new Stored(ByteString.copyFrom(bytes), new ArrayList<>()));
                } else {
                    rows.getLast().read().add(line);
                }
            }
        }
        return rows;
    }

    /** Creates a plan with that number of branches. To read progress, no other content is necessary. */
    private static Plan plan(int branches) {
        Operation call = new Operation(
                new Target.Grpc("stock", "shop.v1.Stock/Reserve"),
                ByteString.EMPTY,
                List.of(),
                CallPolicy.standard(Role.FORWARD));
        List<Branch> all = new ArrayList<>();
        for (int i = 0; i < branches; i++) {
            all.add(new Branch("s" + i, null, call, null, null, List.of(), Branch.Commitment.NONE));
        }
        return new Plan(Pattern.SAGA, "frozen", Map.of(), null, null, null, all);
    }

    private static List<String> lines(Progress progress) {
        List<String> lines = new ArrayList<>();
        Parked parked = progress.parked();
        lines.add(line(
                "whole",
                progress.state(),
                progress.abortReason(),
                progress.detail(),
                parked == null ? null : parked.reason(),
                progress.isForced(),
                progress.pivotRevision(),
                progress.decidedRevision(),
                progress.restRev()));
        progress.history().events().forEach(event -> lines.add(line(event)));
        progress.branches().forEach(branch -> lines.add(line(branch)));
        return lines;
    }

    private static String line(HistoryEvent event) {
        Fact fact = event.fact();
        Fact.OfBranch ofBranch = fact instanceof Fact.OfBranch about ? about : null;
        return line(
                "event",
                event.kind(),
                event.time().toEpochMilli(),
                ofBranch == null ? -1 : ofBranch.branch(),
                ofBranch == null ? null : ofBranch.role(),
                fact instanceof Fact.Called call ? call.attempt() : 0,
                outcome(fact),
                marks(fact),
                event.stateAfter(),
                reason(fact),
                fact instanceof Fact.Accepted accepted
                        ? accepted.incarnation()
                        : fact instanceof Fact.Adopted adopted ? adopted.incarnation() : 0,
                fact instanceof Fact.ByActor acted ? acted.actor() : "",
                detail(fact));
    }

    private static int outcome(Fact fact) {
        return switch (fact) {
            case Fact.Called call -> call.outcome();
            case Fact.ApprovalDecided answer -> answer.isApproved() ? 1 : 2;
            case Fact.ApprovalExpired _ -> 6;
            case Fact.OfBranch _, Fact.ByActor _, Fact.Accepted _, Fact.Adopted _, Fact.Started _ -> 0;
        };
    }

    private static int marks(Fact fact) {
        return switch (fact) {
            case Fact.Called call ->
                switch (call.consequence()) {
                    case Consequence.None _ -> 0;
                    case Consequence.NothingToUndo _ -> 2;
                    case Consequence.Stuck stuck -> 4 + (stuck.isTrusted() ? 1 : 0);
                    case Consequence.CausesUndo causesUndo ->
                        8 + (causesUndo.isTrusted() ? 1 : 0) + (causesUndo.isChildLeftOut() ? 32 : 0);
                };
            case Fact.ApprovalExpired expiry ->
                switch (expiry.decision()) {
                    case REJECT -> 8;
                    case APPROVE -> 0;
                    case PARK -> 4;
                };
            case Fact.Resolved resolved -> resolved.isResponseOnly() ? 16 : 0;
            case Fact.OfBranch _, Fact.ByActor _, Fact.Accepted _, Fact.Adopted _, Fact.Started _ -> 0;
        };
    }

    private static int reason(Fact fact) {
        AbortReason abort = switch (fact) {
            case Fact.Decided decided -> decided.reason();
            case Fact.Finished finished -> finished.reason();
            default -> null;
        };
        ParkReason park = switch (fact) {
            case Fact.Parked parked -> parked.reason();
            case Fact.Called call when call.consequence() instanceof Consequence.Stuck stuck -> stuck.reason();
            case Fact.ApprovalExpired expiry
            when expiry.decision() == Approval.Expiry.PARK -> ParkReason.APPROVAL_TIMED_OUT;
            default -> null;
        };
        return abort != null ? abort.code() : park != null ? park.code() : 0;
    }

    private static String detail(Fact fact) {
        return switch (fact) {
            case Fact.Registered registered -> registered.id();
            case Fact.Called call -> call.detail();
            case Fact.Decided decided -> decided.detail();
            case Fact.Parked parked -> parked.detail();
            case Fact.Unparked unparked -> unparked.detail();
            case Fact.Retried retried -> retried.detail();
            case Fact.Resumed resumed -> resumed.detail();
            case Fact.Resolved resolved -> resolved.truth().name();
            case Fact.Finished finished -> finished.detail();
            case Fact.ApprovalDecided answer -> answer.detail();
            case Fact.ApprovalExpired expiry -> expiry.detail();
            case Fact.Dropped dropped -> dropped.detail();
            case Fact.Accepted _, Fact.Adopted _, Fact.Started _, Fact.PivotCalled _, Fact.ApprovalAsked _ -> "";
        };
    }

    private static String line(BranchProgress branch) {
        Unsent unsent = branch.next().unsent();
        ByteString response = branch.response();
        return line(
                "branch",
                branch.state(),
                branch.role(),
                branch.attempts(),
                branch.sent(),
                branch.lastOutcome(),
                branch.known().revision(),
                response == null ? null : HexFormat.of().formatHex(response.toByteArray()),
                millis(branch.nextAttemptAt()),
                millis(branch.next().inProgressSince()),
                unsent == null ? null : unsent.why(),
                unsent == null ? null : millis(unsent.unreachableSince()),
                branch.stuck(),
                branch.blockedBy(),
                branch.tried().lastError());
    }

    private static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    private static String line(@Nullable Object... fields) {
        return String.join(
                "\t",
                Arrays.stream(fields)
                        .map(field -> "".equals(field) ? EMPTY : String.valueOf(field))
                        .toList());
    }
}
