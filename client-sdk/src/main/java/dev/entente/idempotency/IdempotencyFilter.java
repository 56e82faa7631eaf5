package dev.entente.idempotency;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers an HTTP request that comes again under its {@code Idempotency-Key} as the first time. An answer of 2xx or 3xx
 * is kept, with its headers and body, before it is sent; any other, or an exception, frees the key. GET, HEAD, OPTIONS
 * and TRACE pass as they are.
 *
 * <p>Without a key where keys are {@linkplain IdempotencyKeys#required required}, or with none that is one: 400. While
 * an equal request runs: 409. With another content: 422. A repeated answer carries {@code Idempotency-Replayed: true}.
 * Requests up to a MiB are known again, larger ones are refused with 413. The handler must answer on the thread that
 * serves the request. Thread-safe.
 */
public final class IdempotencyFilter implements Filter {
    /** The largest request that is known again, in bytes. */
    public static final int MAX_REQUEST_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyFilter.class);
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final int FIRST_FAILURE = 400;

    private final IdempotencyKeys keys;

    /** One instance serves any number of servlets. */
    public IdempotencyFilter(IdempotencyKeys keys) {
        this.keys = keys;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest asked)
                || !(response instanceof HttpServletResponse answer)
                || SAFE.contains(asked.getMethod())) {
            chain.doFilter(request, response);
            return;
        }
        String key = asked.getHeader(IdempotencyKeys.HEADER) == null
                ? asked.getHeader(IdempotencyKeys.OTHER_HEADER)
                : asked.getHeader(IdempotencyKeys.HEADER);
        if (key == null && !keys.isRequired()) {
            chain.doFilter(request, response);
        } else if (key == null || !IdempotencyKeys.isKey(key)) {
            refuse(answer, key == null ? KeyRefusal.NO_KEY : KeyRefusal.BAD_KEY);
        } else {
            keyed(key, asked, answer, chain);
        }
    }

    private void keyed(String key, HttpServletRequest asked, HttpServletResponse answer, FilterChain chain)
            throws IOException, ServletException {
        byte[] body = asked.getInputStream().readNBytes(MAX_REQUEST_BYTES + 1);
        if (body.length > MAX_REQUEST_BYTES) {
            refuse(answer, KeyRefusal.TOO_LARGE);
            return;
        }
        KeyUse use = new KeyUse(keys, IdempotencyKeys.key(asked.getHeader(keys.callerHeader()), key));
        String query = asked.getQueryString() == null ? "" : "?" + asked.getQueryString();
        KeyClaim claim =
                claim(use, IdempotencyKeys.digest(asked.getMethod() + " " + asked.getRequestURI() + query, body));
        if (claim == null) {
            refuse(answer, KeyRefusal.NO_STORE);
        } else if (claim instanceof KeyClaim.Taken) {
            run(use, new RepeatableRequest(asked, body), answer, chain);
        } else if (claim instanceof KeyClaim.Answered answered) {
            answer.setHeader(IdempotencyKeys.REPLAYED, "true");
            send(answer, KeptHttpAnswer.of(answered.bytes()));
        } else {
            refuse(answer, KeyRefusal.of(claim));
        }
    }

    /** Returns null where the store does not answer. */
    private static @Nullable KeyClaim claim(KeyUse use, String digest) {
        try {
            return use.claim(digest);
        } catch (IOException broken) {
            LOG.warn("a request is refused", broken);
            return null;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static void run(KeyUse use, HttpServletRequest asked, HttpServletResponse answer, FilterChain chain)
            throws IOException, ServletException {
        HeldResponse held = new HeldResponse(answer);
        try {
            chain.doFilter(asked, held);
        } catch (IOException | ServletException | RuntimeException | Error failure) {
            if (!held.isTooLarge()) {
                use.failed();
                throw failure;
            }
        }
        try {
            KeyRefusal no = keep(use, held);
            if (no != null) {
                answer.reset();
                refuse(answer, no);
                return;
            }
        } catch (IOException broken) {
            LOG.warn("an answer is not kept", broken);
            answer.reset();
            refuse(answer, KeyRefusal.NO_STORE);
            return;
        }
        held.send();
    }

    /** Returns why the answer is not given, or null. */
    private static @Nullable KeyRefusal keep(KeyUse use, HeldResponse held) throws IOException {
        if (held.isTooLarge()) {
            use.answeredTooMuch();
            return KeyRefusal.NOT_KEPT;
        }
        KeptHttpAnswer given = held.answer();
        if (given.status() >= FIRST_FAILURE) {
            use.failed();
        } else {
            use.answered(given.bytes());
        }
        return null;
    }

    private static void send(HttpServletResponse answer, KeptHttpAnswer kept) throws IOException {
        answer.setStatus(kept.status());
        for (Map.Entry<String, List<String>> header : kept.headers().entrySet()) {
            header.getValue().forEach(value -> answer.addHeader(header.getKey(), value));
        }
        answer.setContentLength(kept.body().length);
        answer.getOutputStream().write(kept.body());
    }

    /** Refuses with a problem in JSON (RFC 9457); none of the texts needs an escape. */
    private static void refuse(HttpServletResponse answer, KeyRefusal why) throws IOException {
        byte[] problem =
                ("{\"status\":" + why.http() + ",\"title\":\"" + why.text() + "\"}").getBytes(StandardCharsets.UTF_8);
        answer.setStatus(why.http());
        answer.setContentType("application/problem+json");
        answer.setContentLength(problem.length);
        answer.getOutputStream().write(problem);
    }
}
