package dev.entente.server.http;

import dev.entente.server.telemetry.MetricName;
import dev.entente.server.telemetry.Metrics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams of server-sent events, each on its own virtual thread, up to a limit. Thread-safe.
 *
 * <p>A disconnected client is detected only by a failed write, and the first write after the disconnect still succeeds.
 * Therefore each stream sends an event at least every few seconds, and a write that does not drain ends the stream.
 */
final class EventStreams {
    private static final Logger log = LoggerFactory.getLogger(EventStreams.class);

    static final int MAX_STREAMS = 64;
    private static final Duration MAX_SILENCE = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /**
     * The times of a stream.
     *
     * @param tick between two reads of its feed
     * @param silence after which the stream sends a heartbeat
     * @param timeout for a write to drain
     */
    record Pace(Duration tick, Duration silence, Duration timeout) {}

    static final Pace PACE = new Pace(Duration.ofSeconds(1), MAX_SILENCE, TIMEOUT);

    private static final EventFeed.Event BEAT = new EventFeed.Event("beat", "1", false);

    private final Metrics metrics;
    private final Pace pace;
    /** The capacity for streams. Acquire a permit before {@link #run}, and release the permit after it. */
    final Semaphore capacity = new Semaphore(MAX_STREAMS);

    EventStreams(Metrics metrics, Pace pace) {
        this.metrics = metrics;
        this.pace = pace;
        metrics.show(MetricName.HTTP_STREAMS, () -> MAX_STREAMS - capacity.availablePermits());
    }

    /** Returns whether a request asks for a stream, as a browser's script does. */
    static boolean isAsked(Request request) {
        return request.getMethod().equals("GET")
                && "text/event-stream".equals(request.getHeaders().get(HttpHeader.ACCEPT));
    }

    /** Runs a stream to its end. Blocks. An interrupt ends the stream. */
    void run(EventFeed feed, Response response, Callback callback) {
        response.setStatus(HttpStatus.OK_200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.getHeaders().put("X-Accel-Buffering", "no");
        try {
            write(":\n\n", response); // a comment, which sends the headers
            report(feed, response);
            callback.succeeded();
        } catch (ExecutionException | TimeoutException | InterruptedException ended) { // this thread ends, too
            callback.failed(ended);
        } catch (RuntimeException | Error defect) { // counted; the stream ends and the tab reconnects
            metrics.caught("console-stream");
            log.error("a stream of the console failed", defect);
            callback.failed(defect);
        }
    }

    private void report(EventFeed feed, Response response)
            throws ExecutionException, TimeoutException, InterruptedException {
        long spoken = System.nanoTime();
        while (true) {
            EventFeed.Event event = feed.next();
            long now = System.nanoTime();
            if (event == null && now - spoken >= pace.silence().toNanos()) {
                event = BEAT;
            }
            if (event != null) {
                write(event.text(), response);
                spoken = now;
                if (event.isLast()) {
                    return;
                }
            }
            Thread.sleep(pace.tick());
        }
    }

    private void write(String text, Response response)
            throws ExecutionException, TimeoutException, InterruptedException {
        Callback.Completable written = new Callback.Completable(InvocationType.NON_BLOCKING);
        response.write(false, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), written);
        written.get(pace.timeout().toMillis(), TimeUnit.MILLISECONDS);
    }
}
