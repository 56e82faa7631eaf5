package dev.entente.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** People in front of a console, each with one page open that follows what happens, as its script does. For one thread. */
public final class Viewers implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration FIRST_LOADS = Duration.ofSeconds(1);
    /** What a page says in place of a part that it could not have, in English. */
    private static final String MISSING = "This part is missing";

    private static final Pattern STREAM = Pattern.compile("data-stream=\"([^\"]+)\"");
    /** The time of the first row of a list, where a list tells what is newer. */
    private static final Pattern NEWEST =
            Pattern.compile("id=\"newer\".*?<tbody>.*?<time datetime=\"([^\"]+)\"", Pattern.DOTALL);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<InputStream> streams = ConcurrentHashMap.newKeySet();
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
            Duration first = FIRST_LOADS.multipliedBy(i).dividedBy(pages.size());
            threads.execute(() -> look(page, recorder, first));
        }
    }

    private void look(String page, Recorder recorder, Duration first) {
        try {
            if (closed.await(first.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
            String shown = load(page, recorder);
            Matcher newest = NEWEST.matcher(shown);
            String again = newest.find() ? page + (page.contains("?") ? "&" : "?") + "asof=" + newest.group(1) : page;
            Matcher stream = STREAM.matcher(shown);
            while (stream.find(0) && closed.getCount() > 0) {
                follow(stream.group(1).replace("&amp;", "&"), () -> load(again, recorder));
            }
        } catch (IOException e) {
            if (closed.getCount() > 0) {
                problems.add("/" + page + ": " + e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A load of a page. */
    @FunctionalInterface
    private interface Load {
        void again() throws IOException, InterruptedException;
    }

    /** Loads the page again at each change that its stream tells, until that ends. */
    private void follow(String url, Load load) throws IOException, InterruptedException {
        HttpRequest request = request(url, "text/event-stream").build();
        try (InputStream body = http.send(request, HttpResponse.BodyHandlers.ofInputStream())
                        .body();
                BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            streams.add(body);
            for (String line = lines.readLine(); line != null && closed.getCount() > 0; line = lines.readLine()) {
                if (line.equals("event: changed")) {
                    load.again();
                }
            }
            streams.remove(body);
        }
    }

    private HttpRequest.Builder request(String url, String accepted) {
        return HttpRequest.newBuilder(URI.create(console + url))
                .timeout(LIMIT)
                .header("Accept", accepted)
                .header("Accept-Language", "en");
    }

    private String load(String page, Recorder recorder) throws IOException, InterruptedException {
        long began = System.nanoTime();
        HttpResponse<String> response =
                http.send(request(page, "text/html").build(), HttpResponse.BodyHandlers.ofString());
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        recorder.recordValue(Math.min(took, LIMIT.toMillis()));
        if (response.statusCode() != 200 || response.body().contains(MISSING)) {
            problems.add("/" + page + ": " + response.statusCode() + " without a part");
        }
        return response.body();
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
    public void close() throws IOException {
        closed.countDown();
        for (InputStream stream : streams) {
            stream.close();
        }
        threads.close();
        http.close();
    }
}
