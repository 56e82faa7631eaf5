package dev.entente.server.app;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.store.DatabaseUrl;
import dev.entente.server.store.StartupFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks the values of settings one by one, by the kind of each. */
final class GivenValues {
    private GivenValues() {}

    /** @throws StartupFailure ENT-071 with every bad value */
    static void check(Map<Setting, Given> values) {
        List<String> bad = new ArrayList<>();
        for (Map.Entry<Setting, Given> entry : values.entrySet()) {
            String why = why(entry.getKey(), entry.getValue().text());
            if (why != null) {
                bad.add(described(entry.getKey(), entry.getValue()) + ": " + why);
            }
        }
        if (!bad.isEmpty()) {
            throw new StartupFailure(ErrorCode.BAD_VALUE, String.join("; ", bad), null);
        }
    }

    private static String described(Setting setting, Given given) {
        String text = setting.kind() == Setting.Kind.SECRET ? "(hidden)" : DatabaseUrl.shown(given.text());
        return setting.key() + " = '" + text + "' (" + given.origin() + ")";
    }

    /** Why that text is no value of that setting, or null. */
    private static @Nullable String why(Setting setting, String text) {
        try {
            Object parsed = switch (setting.kind()) {
                case TEXT -> setting == Setting.DATABASE_URL ? ValueParser.databaseUrl(text) : text;
                case SECRET, PATH, LIST -> text;
                case NODE -> ValueParser.node(text);
                case HOST_PORT -> ValueParser.hostPort(text);
                case ALLOWED_TARGETS -> ValueParser.allowedTargets(text);
                case PORT -> ValueParser.port(text);
                case COUNT -> ValueParser.count(text, 1);
                case COUNT_OR_ZERO -> ValueParser.count(text, 0);
                case AT_LEAST_TWO -> ValueParser.count(text, 2);
                case BYTES -> ValueParser.bytes(text);
                case SIZE -> ValueParser.size(text);
                case DECIMAL -> ValueParser.decimal(text);
                case FLAG -> ValueParser.flag(text);
                case DURATION -> ValueParser.duration(text);
                case CHOICE -> setting.choices().contains(text) ? text : null;
            };
            return parsed == null ? "write one of: " + String.join(", ", setting.choices()) : null;
        } catch (IllegalArgumentException bad) {
            return bad.getMessage();
        }
    }
}
