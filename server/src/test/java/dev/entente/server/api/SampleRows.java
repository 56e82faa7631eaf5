package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.OpenRow;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Rows that tests list. */
final class SampleRows {
    private SampleRows() {}

    /** A running one. */
    static OpenRow open(String gid, @Nullable Long owner) {
        return row(gid, owner, PlanCodec.format(), encoded(gid));
    }

    /** One that a newer program has written. */
    static OpenRow newer(String gid) {
        return row(gid, null, 99, encoded(gid));
    }

    /** One whose plan is none. */
    static OpenRow damaged(String gid) {
        return row(gid, null, PlanCodec.format(), ByteString.copyFrom(new byte[] {0x0f}));
    }

    private static ByteString encoded(String gid) {
        return PlanCodec.standard().decode(SamplePlans.saga(gid)).encoded();
    }

    private static OpenRow row(String gid, @Nullable Long owner, int format, ByteString plan) {
        return new OpenRow(
                gid,
                owner,
                1,
                null,
                0,
                format,
                Pattern.SAGA,
                TransactionState.RUNNING,
                "checkout",
                Instant.EPOCH,
                null,
                PlanCodec.standard().decode(SamplePlans.saga(gid)).digest(),
                plan,
                null,
                null,
                null);
    }
}
