package dev.entente.server.store.admin;

import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.RowsByGid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the labels of transactions. */
final class LabelRows {
    private static final Logger LOG = LoggerFactory.getLogger(LabelRows.class);

    private LabelRows() {}

    /**
     * Reads them in one question; one by one where some cannot be read, which are left out and logged. Blocks.
     *
     * @param handle in autocommit
     * @return by gid; transactions without labels are left out
     */
    static Map<String, Map<String, String>> read(Handle handle, List<String> gids) {
        try {
            return ask(handle, gids);
        } catch (JdbiException e) {
            throwUnlessUnreadable(e);
            return readOneByOne(handle, gids);
        }
    }

    private static Map<String, Map<String, String>> readOneByOne(Handle handle, List<String> gids) {
        Map<String, Map<String, String>> found = new HashMap<>();
        for (String gid : gids) {
            try {
                found.putAll(handle.inTransaction(transaction -> {
                    var _ = transaction.execute(RowsByGid.BY_KEY);
                    return ask(transaction, List.of(gid));
                }));
            } catch (JdbiException e) {
                throwUnlessUnreadable(e);
                LOG.warn(
                        "the labels of '{}' cannot be read: {}",
                        gid,
                        DatabaseFault.line(e.getCause() == null ? e : e.getCause()));
            }
        }
        return found;
    }

    private static void throwUnlessUnreadable(JdbiException e) {
        if (!DatabaseFault.isUnreadable(e)) {
            throw e;
        }
    }

    private static Map<String, Map<String, String>> ask(Handle handle, List<String> gids) {
        Map<String, Map<String, String>> found = new HashMap<>();
        handle.createQuery("select gid, key, value from transaction_label where gid = any (:gids) order by gid, key")
                .bindArray("gids", String.class, gids)
                .map((row, _) -> found.computeIfAbsent(row.getString(1), _ -> new TreeMap<>())
                        .put(row.getString(2), row.getString(3)))
                .list();
        return found;
    }
}
