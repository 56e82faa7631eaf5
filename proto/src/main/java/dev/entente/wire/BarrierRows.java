package dev.entente.wire;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Reads the records of a barrier, page by page in key order. Thread-safe; blocks. */
public interface BarrierRows {
    /**
     * One recorded operation of a branch.
     *
     * @param verdict {@code done}, {@code undone} or {@code rejected}
     * @param createdAt by the participant's database
     */
    record Row(Key key, String verdict, Instant createdAt) {}

    /** The key that identifies a row and defines the sort order. */
    record Key(String gid, String branch, String op) {
        /** The key before all other keys. */
        public static final Key FIRST = new Key("", "", "");
    }

    /**
     * Returns the rows after that key.
     *
     * @param gids only rows of these transactions; empty = all
     * @param limit the maximum number of rows, at least 1
     */
    List<Row> after(Key key, List<String> gids, int limit) throws SQLException;
}
