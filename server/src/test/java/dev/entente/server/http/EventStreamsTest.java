package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Event streams on a real port, from a website with the test's events. */
final class EventStreamsTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofMillis(5);
    private static final String STREAM = "GET /live HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n";
    private static final String PAGE = "GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    private static final EventFeed.Event LAST = new EventFeed.Event("last", "1", true);

    @RegisterExtension
    private final LogLines lines = new LogLines(EventStreams.class);

    private final Metrics metrics = Metrics.withoutJvm();
    private final List<StrangerSocket> clients = new ArrayList<>();
    private final BlockingQueue<EventFeed.Event> events = new LinkedBlockingQueue<>();
    private @Nullable HttpPort port;

    private HttpPort port(EventStreams.Pace pace, EventFeed feed) throws IOException {
        HttpPort opened =
                HttpPort.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null, null, metrics);
        port = opened;
        opened.show(FormlessWebsite.of(feed), pace);
        return opened;
    }

    @AfterEach
    void close() throws IOException {
        for (StrangerSocket client : clients) {
            client.close();
        }
        if (port != null) {
            port.stop();
        }
    }

    private static EventStreams.Pace silent() {
        return new EventStreams.Pace(SOON, NEVER, NEVER);
    }

    private StrangerSocket client(HttpPort of, int receiveBufferBytes) throws IOException {
        StrangerSocket client = StrangerSocket.connect(of.port(), receiveBufferBytes);
        clients.add(client);
        return client.send(STREAM);
    }

    private String untilEnd(HttpPort of, String head) throws IOException {
        try (StrangerSocket socket = StrangerSocket.connect(of.port())) {
            return socket.send(head).untilEnd();
        }
    }

    private double shown(String gauge) {
        Matcher line =
                Pattern.compile("(?m)^" + Pattern.quote(gauge) + " (.*)$").matcher(metrics.exposition());
        return line.find() ? Double.parseDouble(line.group(1)) : -1;
    }

    private double open() {
        return shown("entente_http_port_streams");
    }

    @Test
    void a_stream_sends_the_events_of_its_feed_and_ends_after_the_last() throws IOException {
        events.add(new EventFeed.Event("changed", "4f", false));
        events.add(new EventFeed.Event("changed", "50", false));
        events.add(LAST);
        String answer = untilEnd(port(silent(), events::poll), STREAM.replace("Host", "Connection: close\r\nHost"));
        assertThat(answer)
                .startsWith("HTTP/1.1 200 ")
                .contains(
                        "Content-Type: text/event-stream; charset=utf-8\r\n",
                        "Cache-Control: no-store\r\n",
                        "X-Accel-Buffering: no\r\n",
                        "event: changed\ndata: 4f\n\n",
                        "event: changed\ndata: 50\n\n",
                        "event: last\ndata: 1\n\n");
        await().until(() -> open() == 0);
    }

    @Test
    void a_stream_sends_heartbeats_while_there_are_no_events() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        EventFeed feed = () -> asked.incrementAndGet() < 50 ? null : LAST;
        String answer = untilEnd(
                port(new EventStreams.Pace(SOON, SOON, NEVER), feed),
                STREAM.replace("Host", "Connection: close\r\nHost"));
        assertThat(answer).containsSubsequence("event: beat\ndata: 1\n\n", "event: last\ndata: 1\n\n");
    }

    @Test
    void a_stream_beyond_the_limit_is_refused_and_pages_are_served() throws IOException {
        HttpPort of = port(silent(), events::poll);
        for (int i = 0; i < EventStreams.MAX_STREAMS; i++) {
            client(of, 0);
        }
        await().until(() -> open() == EventStreams.MAX_STREAMS);
        assertThat(untilEnd(of, STREAM.replace("Host", "Connection: close\r\nHost")))
                .startsWith("HTTP/1.1 503 ")
                .contains("Retry-After: 5\r\n");
        assertThat(untilEnd(of, PAGE)).startsWith("HTTP/1.1 200 ").endsWith("a page\n");
        events.add(LAST);
        await().until(() -> open() == EventStreams.MAX_STREAMS - 1);
        client(of, 0);
        await().until(() -> open() == EventStreams.MAX_STREAMS);
    }

    @Test
    void a_path_without_events_returns_its_page() throws IOException {
        HttpPort of = port(silent(), events::poll);
        assertThat(untilEnd(of, STREAM.replace("/live", "/else").replace("Host", "Connection: close\r\nHost")))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("a page\n");
        await().until(() -> open() == 0);
    }

    @Test
    void a_client_that_reads_nothing_is_disconnected() throws IOException {
        EventFeed.Event large = new EventFeed.Event("changed", "z".repeat(1 << 20), false);
        EventStreams.Pace pace = new EventStreams.Pace(SOON, NEVER, Duration.ofMillis(200));
        client(port(pace, () -> large), 1024);
        await().until(() -> shown("entente_http_requests_total{code=\"200\",path=\"console\"}") == 1);
        await().until(() -> open() == 0);
        await().until(() -> shown("entente_http_port_connections") == 0);
    }

    @Test
    void a_closed_client_is_detected_by_heartbeats() throws IOException {
        StrangerSocket gone = client(port(new EventStreams.Pace(SOON, SOON, NEVER), () -> null), 0);
        await().until(() -> open() == 1);
        gone.close();
        await().until(() -> open() == 0);
        await().until(() -> shown("entente_http_port_connections") == 0);
    }

    @Test
    void a_failing_feed_ends_its_stream_and_is_counted() throws IOException {
        HttpPort of = port(silent(), () -> {
            throw new IllegalStateException("as the test says");
        });
        assertThat(untilEnd(of, STREAM)).startsWith("HTTP/1.1 200 ").doesNotContain("as the test says");
        assertThat(shown("entente_caught_total{where=\"console-stream\"}")).isEqualTo(1);
        assertThat(lines.reported()).singleElement().asString().contains("a stream of the console failed");
        await().until(() -> open() == 0);
    }

    @Test
    void stopping_the_port_waits_for_no_stream() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HttpPort of = port(new EventStreams.Pace(NEVER, NEVER, NEVER), () -> {
            asked.incrementAndGet();
            return null;
        });
        StrangerSocket reading = client(of, 0);
        await().until(() -> asked.get() == 1);
        Thread stopping = Thread.startVirtualThread(of::stop);
        assertThat(reading.untilEnd()).startsWith("HTTP/1.1 200 ");
        stopping.join();
        await().until(() -> open() == 0);
    }
}
