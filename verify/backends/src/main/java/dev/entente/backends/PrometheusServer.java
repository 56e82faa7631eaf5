package dev.entente.backends;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/** A Prometheus from Debian's package that scrapes servers on loopback every 5 s. */
public final class PrometheusServer extends Backend {
    /** The required program. */
    public static final DebianProgram PROGRAM = new DebianProgram("prometheus", "prometheus");

    private static final Pattern NAME = Pattern.compile("\"alertname\":\"(\\w+)\"");

    private final String rules;
    private final List<String> targets;

    /** @param targets of the job "entente": {@code host:port} */
    public PrometheusServer(String rules, List<String> targets) throws IOException {
        super("prometheus");
        this.rules = rules;
        this.targets = targets;
    }

    @Override
    List<String> command() throws IOException {
        Files.writeString(folder().resolve("rules.yml"), rules);
        Path file =
                Files.writeString(folder().resolve("prometheus.yml"), """
                    global: {scrape_interval: 5s, scrape_timeout: 5s, evaluation_interval: 1s}
                    rule_files: [rules.yml]
                    scrape_configs: [{job_name: entente, static_configs: [{targets: ["%s"]}]}]
                    """.formatted(String.join("\", \"", targets)));
        String data = "--storage.tsdb.path=" + folder().resolve("data");
        String address = "--web.listen-address=127.0.0.1:" + port();
        return List.of(PROGRAM.path().toString(), "--config.file=" + file, data, address, "--log.level=warn");
    }

    @Override
    boolean answers() {
        try {
            return get("/-/ready").contains("Ready");
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Returns the names of the alerts in the result of a query. */
    public List<String> alerts(String query) throws IOException {
        return NAME.matcher(get("/api/v1/query?query=" + encoded(query)))
                .results()
                .map(name -> name.group(1))
                .toList();
    }

    /** Returns the response to a range query as JSON, with a value every {@code step}. */
    public String range(String query, Instant start, Instant end, Duration step) throws IOException {
        return get("/api/v1/query_range?query=%s&start=%s&end=%s&step=%d"
                .formatted(encoded(query), start, end, step.toSeconds()));
    }

    private static String encoded(String query) {
        return URLEncoder.encode(query, StandardCharsets.UTF_8);
    }

    private String get(String path) throws IOException {
        try (InputStream answer =
                URI.create("http://127.0.0.1:" + port() + path).toURL().openStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
