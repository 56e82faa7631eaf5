package dev.entente.backends;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Verifies that each table that Entente creates has a primary key. Publications for all tables, {@code
 * innodb_force_primary_key} and MariaDB clusters require one.
 */
class PrimaryKeysTest {
    private static final Path ROOT = Path.of(System.getProperty("entente.home", "../.."));
    private static final Pattern TABLE = Pattern.compile(
            "create (?:unlogged )?table (?:if not exists )?(\\w+) ?\\((.*?)\\)[^();]*;", Pattern.DOTALL);

    @Test
    void every_table_has_a_primary_key() throws IOException {
        List<String> tables = new ArrayList<>();
        List<String> without = new ArrayList<>();
        for (String module :
                List.of("client-sdk", "integrations/outbox", "integrations/patterns", "integrations/kafka", "server")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/resources"))) {
                for (Path file :
                        (Iterable<Path>) files.filter(each -> each.toString().endsWith(".sql"))::iterator) {
                    Matcher table = TABLE.matcher(Files.readString(file));
                    while (table.find()) {
                        tables.add(table.group(1));
                        if (!table.group(2).contains("primary key")) {
                            without.add(table.group(1) + " in " + file.getFileName());
                        }
                    }
                }
            }
        }
        assertThat(without).isEmpty();
        assertThat(tables).contains("entente_outbox_sent", "entente_kafka_slot", "open_transaction");
    }
}
