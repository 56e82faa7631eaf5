package dev.entente.core.codec;

import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.TransactionState;
import dev.entente.stored.v1.HistoryOrBuilder;
import dev.entente.stored.v1.Remark;
import java.time.Instant;

/** Converts a transaction's history to columns and back. Times keep their milliseconds. Thread-safe. */
final class HistoryCodec {
    private static final int STATES = 16;
    /** The factor of the outcome in the number of a call. The role is the part below this factor. */
    static final int OUTCOME_PLACE = 4;
    /** The factor of the {@link CallMarks} bits in that number. The outcome is the part below this factor. */
    static final int MARKS_PLACE = 32;

    private HistoryCodec() {}

    static dev.entente.stored.v1.History message(History history) {
        var columns = dev.entente.stored.v1.History.newBuilder();
        long before = 0;
        for (HistoryEvent event : history.events()) {
            FactWriter.write(event.fact(), columns);
            columns.addWhat(STATES * event.kind().code() + event.stateAfter().code());
            long at = event.time().toEpochMilli();
            columns.addAfterMs(at - before);
            before = at;
        }
        return columns.build();
    }

    /** May throw IllegalArgumentException or IndexOutOfBoundsException on damaged columns. */
    static History history(HistoryOrBuilder columns) {
        History history = History.EMPTY;
        long at = 0;
        int remarks = 0;
        for (int i = 0; i < columns.getWhatCount(); i++) {
            at += columns.getAfterMs(i);
            boolean isRemarked = remarks < columns.getRemarksCount()
                    && columns.getRemarks(remarks).getEvent() == i;
            Remark remark = isRemarked ? columns.getRemarks(remarks++) : Remark.getDefaultInstance();
            history = history.with(event(columns, i, Instant.ofEpochMilli(at), remark));
        }
        return history;
    }

    private static HistoryEvent event(HistoryOrBuilder columns, int index, Instant time, Remark remark) {
        int what = columns.getWhat(index);
        Fact fact = new FactReader(columns, index, remark).fact(HistoryKind.of(what / STATES));
        return new HistoryEvent(time, TransactionState.of(what % STATES), fact);
    }
}
