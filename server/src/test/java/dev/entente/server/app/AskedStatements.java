package dev.entente.server.app;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Collects the statements that this process sends to PostgreSQL, from the driver's log. */
final class AskedStatements extends Handler implements AutoCloseable {
    private static final Pattern PARSE =
            Pattern.compile("(?s).*FE=> Parse\\(stmt=[^,]*,query=\"(.*)\",oids=\\{([0-9,]*)\\}.*");

    /** A strong reference: a logger that is collected loses its level. */
    private final Logger driver = Logger.getLogger("org.postgresql.core.v3.QueryExecutorImpl");

    /**
     * A statement as it was parsed.
     *
     * @param types the types of its parameters, as numbers between commas; 0 for any type
     */
    record Asked(String text, String types) {}

    private final Set<Asked> statements = ConcurrentHashMap.newKeySet();

    AskedStatements() {
        driver.setLevel(Level.FINEST);
        driver.setUseParentHandlers(false);
        driver.addHandler(this);
    }

    /** Returns the statements that name a table or a function. */
    List<Asked> naming(String name) {
        Pattern word = Pattern.compile("\\b" + name + "\\b");
        return statements.stream()
                .filter(each -> word.matcher(each.text()).find())
                .toList();
    }

    @Override
    public void publish(LogRecord record) {
        Matcher parse = PARSE.matcher(record.getMessage());
        if (parse.matches()) {
            statements.add(new Asked(parse.group(1), parse.group(2)));
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        driver.removeHandler(this);
        driver.setUseParentHandlers(true);
        driver.setLevel(null);
    }
}
