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

/** Streams of events on a real port, from a website that tells what the test says. */
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
    private final BlockingQueue<EventFeed.Event> said = new LinkedBlockingQueue<>();
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
    void it_sends_what_its_feed_tells_and_ends_with_the_last() throws IOException {
        said.add(new EventFeed.Event("changed", "4f", false));
        said.add(new EventFeed.Event("changed", "50", false));
        said.add(LAST);
        String answer = untilEnd(port(silent(), said::poll), STREAM.replace("Host", "Connection: close\r\nHost"));
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
    void it_says_that_it_is_there_while_nothing_happens() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        EventFeed feed = () -> asked.incrementAndGet() < 50 ? null : LAST;
        String answer = untilEnd(
                port(new EventStreams.Pace(SOON, SOON, NEVER), feed),
                STREAM.replace("Host", "Connection: close\r\nHost"));
        assertThat(answer).containsSubsequence("event: beat\ndata: 1\n\n", "event: last\ndata: 1\n\n");
    }

    @Test
    void the_one_beyond_its_limit_is_refused_and_pages_are_not() throws IOException {
        HttpPort of = port(silent(), said::poll);
        for (int i = 0; i < EventStreams.MAX_STREAMS; i++) {
            client(of, 0);
        }
        await().until(() -> open() == EventStreams.MAX_STREAMS);
        assertThat(untilEnd(of, STREAM.replace("Host", "Connection: close\r\nHost")))
                .startsWith("HTTP/1.1 503 ")
                .contains("Retry-After: 5\r\n");
        assertThat(untilEnd(of, PAGE)).startsWith("HTTP/1.1 200 ").endsWith("a page\n");
        said.add(LAST);
        await().until(() -> open() == EventStreams.MAX_STREAMS - 1);
        client(of, 0);
        await().until(() -> open() == EventStreams.MAX_STREAMS);
    }

    @Test
    void a_path_without_events_has_its_page() throws IOException {
        HttpPort of = port(silent(), said::poll);
        assertThat(untilEnd(of, STREAM.replace("/live", "/else").replace("Host", "Connection: close\r\nHost")))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("a page\n");
        await().until(() -> open() == 0);
    }

    @Test
    void a_client_that_reads_nothing_is_let_go() throws IOException {
        EventFeed.Event large = new EventFeed.Event("changed", "z".repeat(1 << 20), false);
        EventStreams.Pace pace = new EventStreams.Pace(SOON, NEVER, Duration.ofMillis(200));
        client(port(pace, () -> large), 1024);
        await().until(() -> shown("entente_http_requests_total{code=\"200\",path=\"console\"}") == 1);
        await().until(() -> open() == 0);
        await().until(() -> shown("entente_http_port_connections") == 0);
    }

    @Test
    void a_client_that_is_gone_is_noticed_by_what_is_said_to_it() throws IOException {
        StrangerSocket gone = client(port(new EventStreams.Pace(SOON, SOON, NEVER), () -> null), 0);
        await().until(() -> open() == 1);
        gone.close();
        await().until(() -> open() == 0);
        await().until(() -> shown("entente_http_port_connections") == 0);
    }

    @Test
    void a_feed_that_fails_ends_its_stream_and_is_counted() throws IOException {
        HttpPort of = port(silent(), () -> {
            throw new IllegalStateException("as the test says");
        });
        assertThat(untilEnd(of, STREAM)).startsWith("HTTP/1.1 200 ").doesNotContain("as the test says");
        assertThat(shown("entente_caught_total{where=\"console-stream\"}")).isEqualTo(1);
        assertThat(lines.reported()).singleElement().asString().contains("a stream of the console failed");
        await().until(() -> open() == 0);
    }

    @Test
    void the_ports_end_waits_for_none() throws Exception {
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
