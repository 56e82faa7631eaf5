package dev.entente.bench.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** People in front of a console, each with one page that is loaded again each second. For one thread. */
public final class Viewers implements AutoCloseable {
    /** From one load of a page to the next. */
    public static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** What a page says in place of a part that it could not have, in English. */
    private static final String MISSING = "This part is missing";

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Map<String, Recorder> millis = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
    private final String console;

    /**
     * Begins to look.
     *
     * @param httpPort of a coordinator on this machine
     * @param pages their paths and queries, one for each viewer
     */
    public Viewers(int httpPort, List<String> pages) {
        this.console = "http://127.0.0.1:" + httpPort + "/";
        for (int i = 0; i < pages.size(); i++) {
            String page = pages.get(i);
            Recorder recorder = millis.computeIfAbsent(page, _ -> new Recorder(LIMIT.toMillis(), 3));
            Duration first = PAUSE.multipliedBy(i).dividedBy(pages.size());
            threads.execute(() -> look(page, recorder, first));
        }
    }

    private void look(String page, Recorder recorder, Duration first) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(console + page))
                .timeout(LIMIT)
                .header("Accept", "text/html")
                .header("Accept-Language", "en")
                .build();
        try {
            long next = System.nanoTime() + first.toNanos();
            while (!closed.await(next - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                long began = System.nanoTime();
                HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
                long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
                recorder.recordValue(Math.min(took, LIMIT.toMillis()));
                if (response.statusCode() != 200 || response.body().contains(MISSING)) {
                    problems.add("/" + page + ": " + response.statusCode() + " without a part");
                }
                next += PAUSE.toNanos();
            }
        } catch (IOException e) {
            problems.add("/" + page + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns how long each page took since the last call of this method, in milliseconds. */
    public Map<String, Histogram> taken() {
        Map<String, Histogram> taken = new HashMap<>();
        millis.forEach((page, recorder) -> taken.put(page, recorder.getIntervalHistogram()));
        return taken;
    }

    /** Returns what was wrong with pages so far. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /** Waits for pages under way. */
    @Override
    public void close() {
        closed.countDown();
        threads.close();
        http.close();
    }
}
