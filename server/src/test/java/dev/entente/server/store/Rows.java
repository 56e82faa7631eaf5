package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.util.Map;

/** Rows for tests. */
final class Rows {
    private Rows() {}

    static ByteString digest(String content) {
        byte[] bytes = new byte[32];
        ByteString text = ByteString.copyFromUtf8(content);
        text.substring(0, Math.min(32, text.size())).copyTo(bytes, 0);
        return ByteString.copyFrom(bytes);
    }

    /** Owned by who accepts it. */
    static NewTransaction running(String gid) {
        return new NewTransaction(
                gid,
                Pattern.SAGA,
                TransactionState.RUNNING,
                "checkout",
                Map.of(),
                null,
                null,
                1,
                digest(gid),
                ByteString.copyFromUtf8("plan"));
    }

    /** Nobody's until it is due. */
    static NewTransaction begun(String gid, Duration dueIn) {
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
                ByteString.EMPTY);
    }

    static RowWrite flush(String gid, long rev, String progress) {
        return new RowWrite(
                gid,
                false,
                rev,
                new RowWrite.Flush(TransactionState.RUNNING, ByteString.copyFromUtf8(progress), null, false, null),
                null);
    }

    static RowWrite finish(String gid, long rev) {
        return new RowWrite(
                gid,
                false,
                rev,
                new RowWrite.Finish(
                        TransactionState.SUCCEEDED,
                        null,
                        ByteString.copyFromUtf8("outline"),
                        ByteString.copyFromUtf8("history of " + gid)),
                null);
    }
}
