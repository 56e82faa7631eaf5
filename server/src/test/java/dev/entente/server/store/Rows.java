package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows for tests. */
public final class Rows {
    private Rows() {}

    public static ByteString digest(String content) {
        byte[] bytes = new byte[32];
        ByteString text = ByteString.copyFromUtf8(content);
        text.substring(0, Math.min(32, text.size())).copyTo(bytes, 0);
        return ByteString.copyFrom(bytes);
    }

    /** Returns a running transaction, owned by the store that accepts the transaction. */
    public static NewTransaction running(String gid) {
        return labelled(gid, Map.of());
    }

    public static NewTransaction labelled(String gid, Map<String, String> labels) {
        return new NewTransaction(
                gid,
                Pattern.SAGA,
                TransactionState.RUNNING,
                "checkout",
                labels,
                null,
                null,
                1,
                digest(gid),
                ByteString.copyFromUtf8("plan"),
                List.of(),
                List.of(),
                null);
    }

    public static RowWrite park(String gid, long rev, ParkReason reason, String detail) {
        return rest(gid, rev, null, new Parked(reason, detail, Instant.EPOCH), null);
    }

    public static RowWrite sleep(String gid, long rev, @Nullable String waitingOn) {
        return rest(gid, rev, Duration.ofHours(1), null, waitingOn);
    }

    private static RowWrite rest(
            String gid, long rev, @Nullable Duration dueIn, @Nullable Parked parked, @Nullable String waitingOn) {
        RowWrite.Release rest =
                new RowWrite.Release(TransactionState.RUNNING, ByteString.copyFromUtf8("p"), dueIn, parked, waitingOn);
        return new RowWrite(gid, false, rev, rest, null);
    }

    /** Returns a begun transaction without an owner until the due time. */
    public static NewTransaction begun(String gid, Duration dueIn) {
        return new NewTransaction(
                gid,
                Pattern.TCC,
                TransactionState.BEGUN,
                "transfer",
                Map.of(),
                dueIn,
                dueIn,
                1,
                digest(gid),
                ByteString.EMPTY,
                List.of(),
                List.of(),
                null);
    }

    public static RowWrite flush(String gid, long rev, String progress) {
        return new RowWrite(
                gid,
                false,
                rev,
                new RowWrite.Flush(TransactionState.RUNNING, ByteString.copyFromUtf8(progress), null, false, null),
                null);
    }

    public static RowWrite finish(String gid, long rev) {
        return new RowWrite(
                gid,
                false,
                rev,
                new RowWrite.Finish(
                        TransactionState.SUCCEEDED,
                        null,
                        ByteString.copyFromUtf8("plan"),
                        ByteString.copyFromUtf8("progress of " + gid)),
                null);
    }
}
