package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WriteResult;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Rows in memory. Each operation takes effect at once; while results are held back, they wait for {@link #answer}. */
public final class FakeStore implements TransactionStore {
    public static final long ME = 7;

    public final Map<String, StoredTransaction> rows = new LinkedHashMap<>();
    public final List<RowWrite> writes = new ArrayList<>();
    public final ArrayDeque<Runnable> answers = new ArrayDeque<>();
    public boolean isHoldingBack;
    /**
     * While true, a second accept of a row with revision 0 returns Accepted, as a store does after a batch in doubt.
     */
    public boolean isInDoubt;

    /** The predecessor of a message's delivery, by gid. */
    public final Map<String, Predecessor> ahead = new HashMap<>();
    /** The bytes that an accept appends to the plan of a message, by topic. */
    public final Map<String, ByteString> subscribed = new HashMap<>();
    /** While set, accepts take effect but fail with this exception. */
    @Nullable
    public RuntimeException whyNotAnswered;

    /** While set, writes of owners fail permanently with this exception. */
    @Nullable
    RuntimeException whyNotWritten;

    /** The participants that hold rows back, by gid. */
    public final Map<String, String> heldBackBy = new LinkedHashMap<>();

    /** While true, {@link #due} does not report the participants that hold rows back. */
    public boolean isHeldBackHidden;

    public int reads;
    /** The fence floor, above 0 after a failover. */
    public long fenceFloor;
    /** While set, every query and every write throws this error. */
    @Nullable
    public Error thrown;

    /** While set, reads fail with this exception. */
    @Nullable
    RuntimeException whyUnavailable;

    @Override
    public long incarnation() {
        return ME;
    }

    @Override
    public long fenceFloor() {
        return fenceFloor;
    }

    @Override
    public CompletableFuture<@Nullable Predecessor> ahead(String gid, String delivery) {
        Predecessor before = ahead.get(gid);
        return answered(
                before == null ? null : new Predecessor(before.gid(), before.delivery(), rows.get(before.gid())));
    }

    @Override
    public CompletableFuture<Map<String, Long>> revs(List<String> gids) {
        Map<String, Long> revs = new HashMap<>();
        gids.stream()
                .filter(gid -> rows.get(gid) instanceof OpenRow)
                .forEach(gid -> revs.put(gid, open(gid).rev()));
        return answered(revs);
    }

    private void throwIfSet() {
        if (thrown != null) {
            throw thrown;
        }
    }

    /** Completes all results that are held back, and the results that follow from them. */
    public void answer() {
        for (Runnable next = answers.poll(); next != null; next = answers.poll()) {
            next.run();
        }
    }

    private <T extends @Nullable Object> CompletableFuture<T> answered(T result) {
        throwIfSet();
        CompletableFuture<T> answer = new CompletableFuture<>();
        if (isHoldingBack) {
            answers.add(() -> answer.complete(result));
        } else {
            answer.complete(result);
        }
        return answer;
    }

    @Override
    public CompletableFuture<AcceptResult> accept(NewTransaction row) {
        throwIfSet();
        StoredTransaction stored = rows.get(row.gid());
        if (stored instanceof OpenRow open) {
            return answered(
                    isInDoubt && open.rev() == 0
                            ? new AcceptResult.Accepted()
                            : new AcceptResult.Known(open.state(), open.requestDigest(), open.owner()));
        }
        if (stored instanceof FinishedRow finished) {
            return answered(new AcceptResult.Known(finished.state(), finished.requestDigest(), null));
        }
        rows.put(row.gid(), open(row));
        return whyNotAnswered == null
                ? answered(new AcceptResult.Accepted())
                : CompletableFuture.failedFuture(whyNotAnswered);
    }

    private OpenRow open(NewTransaction row) {
        Instant now = EngineFixture.NOON;
        ByteString plan = row.plan();
        for (String topic : row.topics()) {
            plan = plan.concat(subscribed.getOrDefault(topic, ByteString.EMPTY));
        }
        return new OpenRow(
                row.gid(),
                row.dueIn() == null ? ME : null,
                0,
                row.dueIn() == null ? null : now.plus(row.dueIn()),
                0,
                row.format(),
                row.pattern(),
                row.state(),
                row.name(),
                now,
                row.deadlineIn() == null ? null : now.plus(row.deadlineIn()),
                row.requestDigest(),
                plan,
                null,
                null,
                null,
                null);
    }

    /** The columns of a row that a test or a write changes. */
    private static final class Edit {
        private final OpenRow row;
        private @Nullable Long owner;
        private long rev;
        private @Nullable Instant dueAt;
        private int format;
        private TransactionState state;
        private ByteString plan;
        private @Nullable ByteString progress;
        private @Nullable Parked parked;

        private Edit(OpenRow row) {
            this.row = row;
            owner = row.owner();
            rev = row.rev();
            dueAt = row.dueAt();
            format = row.format();
            state = row.state();
            plan = row.plan();
            progress = row.progress();
            parked = row.parked();
        }

        /** Sets the columns as a write or a claim does. */
        private void held(@Nullable Long newOwner, @Nullable Instant due, @Nullable Parked mark) {
            owner = newOwner;
            rev++;
            dueAt = due;
            parked = mark;
        }

        private OpenRow edited() {
            return new OpenRow(
                    row.gid(),
                    owner,
                    rev,
                    dueAt,
                    row.adoptions(),
                    format,
                    row.pattern(),
                    state,
                    row.name(),
                    row.createdAt(),
                    row.deadlineAt(),
                    row.requestDigest(),
                    plan,
                    progress,
                    parked,
                    null,
                    null);
        }
    }

    private OpenRow edit(String gid, Consumer<Edit> change) {
        Edit edit = new Edit(open(gid));
        change.accept(edit);
        rows.put(gid, edit.edited());
        return open(gid);
    }

    /** Claims the row and returns the claimed row. */
    public OpenRow claim(String gid, @Nullable Long from) {
        OpenRow row = open(gid);
        if (!Objects.equals(row.owner(), from)) {
            throw new IllegalStateException(gid + " is owned by " + row.owner());
        }
        return edit(gid, edit -> edit.held(ME, null, null));
    }

    /** Marks a row as written in a newer format. */
    public void renew(String gid) {
        edit(gid, edit -> edit.format++);
    }

    /** Makes a row unreadable. */
    public void damage(String gid, boolean damagesPlan) {
        ByteString noise = ByteString.copyFrom(new byte[] {0x0f});
        edit(gid, edit -> {
            edit.plan = damagesPlan ? noise : edit.plan;
            edit.progress = damagesPlan ? edit.progress : noise;
        });
    }

    public void progress(String gid, ByteString bytes) {
        edit(gid, edit -> edit.progress = bytes);
    }

    public OpenRow open(String gid) {
        return (OpenRow) Objects.requireNonNull(rows.get(gid));
    }

    public void own(String gid, @Nullable Long owner) {
        edit(gid, edit -> edit.held(owner, edit.dueAt, edit.parked));
    }

    public void rest(String gid, Instant dueAt) {
        edit(gid, edit -> edit.held(null, dueAt, edit.parked));
    }

    @Override
    public CompletableFuture<WriteResult> write(RowWrite write) {
        throwIfSet();
        if (whyNotWritten != null) {
            return CompletableFuture.failedFuture(whyNotWritten);
        }
        writes.add(write);
        boolean isOwned = rows.get(write.gid()) instanceof OpenRow open
                && open.rev() == write.rev()
                && Objects.equals(open.owner(), write.takes() ? null : (Long) ME);
        if (!isOwned) {
            return answered(new WriteResult.Lost());
        }
        carryOut(open(write.gid()), write.change());
        if (write.releasesQueues()) {
            ahead.forEach((gid, before) -> wake(gid, before.gid().equals(write.gid())));
        }
        return answered(new WriteResult.Written(write.rev() + 1));
    }

    private void carryOut(OpenRow row, RowWrite.Change change) {
        switch (change) {
            case RowWrite.Flush flush ->
                edit(row.gid(), edit -> {
                    edit.held(ME, null, null);
                    edit.state = flush.state();
                    edit.progress = flush.progress();
                    edit.plan = flush.planAppended() == null ? edit.plan : edit.plan.concat(flush.planAppended());
                });
            case RowWrite.Release rest -> {
                edit(row.gid(), edit -> {
                    Instant due = rest.dueIn() == null ? null : EngineFixture.NOON.plus(rest.dueIn());
                    edit.held(null, due, rest.parked());
                    edit.state = rest.state();
                    edit.progress = rest.progress() == null ? edit.progress : rest.progress();
                    edit.format = Math.max(edit.format, rest.format());
                });
                if (rest.heldBackBy() != null) {
                    heldBackBy.put(row.gid(), rest.heldBackBy());
                }
            }
            case RowWrite.Finish finish ->
                rows.put(
                        row.gid(),
                        new FinishedRow(
                                row.gid(),
                                row.pattern(),
                                finish.state(),
                                row.name(),
                                row.createdAt(),
                                EngineFixture.NOON,
                                row.deadlineAt(),
                                row.requestDigest(),
                                finish.result(),
                                finish.plan(),
                                finish.progress()));
        }
    }

    private void wake(String gid, boolean isBehind) {
        if (isBehind && rows.get(gid) instanceof OpenRow row && row.owner() == null && row.parked() == null) {
            edit(gid, edit -> edit.dueAt = EngineFixture.NOON);
        }
    }

    @Override
    public CompletableFuture<@Nullable ByteString> register(String gid, ByteString branch, int maxPlanBytes) {
        return answered(null);
    }

    @Override
    public CompletableFuture<@Nullable StoredTransaction> read(String gid) {
        throwIfSet();
        reads++;
        return whyUnavailable == null ? answered(rows.get(gid)) : CompletableFuture.failedFuture(whyUnavailable);
    }

    @Override
    public CompletableFuture<DueWork> due() {
        List<DueWork.HeldBack> holding = heldBackBy.values().stream()
                .distinct()
                .sorted()
                .map(participant -> new DueWork.HeldBack(participant, false))
                .toList();
        return answered(
                new DueWork(dueRows().isEmpty() ? List.of() : List.of(0), isHeldBackHidden ? List.of() : holding));
    }

    /** Returns the due rows, all in one bucket, without rows that are held back. */
    private List<OpenRow> dueRows() {
        return rows.values().stream()
                .filter(row -> !heldBackBy.containsKey(row.gid()))
                .filter(row -> row instanceof OpenRow open && open.owner() == null && open.dueAt() != null)
                .map(OpenRow.class::cast)
                .filter(row -> !EngineFixture.NOON.isBefore(Objects.requireNonNull(row.dueAt())))
                .toList();
    }

    @Override
    public CompletableFuture<List<OpenRow>> claimDue(int bucket, int limit, long bytes) {
        List<OpenRow> claimed = new ArrayList<>();
        long total = 0;
        for (OpenRow row : dueRows()) {
            total += row.payloadBytes();
            if (claimed.size() < limit && (claimed.isEmpty() || total <= bytes)) {
                claimed.add(claim(row.gid(), null));
            }
        }
        return answered(claimed);
    }

    /** With {@code onlyDue} claims nothing: the clock of the rows does not move. */
    @Override
    public CompletableFuture<List<OpenRow>> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes) {
        List<String> gids = heldBackBy.entrySet().stream()
                .filter(held -> held.getValue().equals(participant) && !onlyDue)
                .map(Map.Entry::getKey)
                .limit(limit)
                .toList();
        gids.forEach(heldBackBy::remove);
        return answered(gids.stream().map(gid -> claim(gid, null)).toList());
    }

    @Override
    public CompletableFuture<List<OpenRow>> adopt(long deadIncarnation, String afterGid, int limit, long bytes) {
        return answered(List.of());
    }

    @Override
    public CompletableFuture<List<OwnedRow>> owned(String afterGid, int limit) {
        Supplier<List<OwnedRow>> mine = () -> rows.values().stream()
                .filter(row -> row instanceof OpenRow open && Objects.equals(open.owner(), ME))
                .map(OpenRow.class::cast)
                .filter(row -> row.gid().compareTo(afterGid) > 0)
                .limit(limit)
                .map(row -> new OwnedRow(row.gid(), row.rev()))
                .toList();
        return answered(mine.get());
    }

    @Override
    public void close() {}
}
