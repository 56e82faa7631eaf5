package dev.entente.wire;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Reads what a barrier has on record, page by page in the order of its key. Thread-safe; blocks. */
public interface BarrierRows {
    /**
     * One operation of a branch that was here.
     *
     * @param verdict {@code done}, {@code undone} or {@code rejected}
     * @param createdAt by the participant's database
     */
    record Row(Key key, String verdict, Instant createdAt) {}

    /** The key that identifies a row, and by which rows are sorted. */
    record Key(String gid, String branch, String op) {
        /** Before every other. */
        public static final Key FIRST = new Key("", "", "");
    }

    /**
     * The rows that come after that key.
     *
     * @param gids only of these; empty = all
     * @param limit at most so many, at least 1
     */
    List<Row> after(Key key, List<String> gids, int limit) throws SQLException;
}
