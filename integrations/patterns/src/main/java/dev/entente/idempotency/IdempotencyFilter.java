package dev.entente.idempotency;

import dev.entente.http.BufferedHttpResponse;
import dev.entente.http.StoredHttpResponse;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays the response to a repeated HTTP request with an {@code Idempotency-Key}. A response 2xx or 3xx is stored
 * before it is sent, with its body and the handler's own headers. Any other response, an error or an exception frees
 * the key; the client then gets the same response as without a key. The filter ignores GET, HEAD, OPTIONS and TRACE.
 *
 * <p>Responds 400 for an invalid key, several keys, or no key if keys are {@linkplain IdempotencyKeys#required
 * required}. Responds 409 with {@code Retry-After} while an equal request runs, and 422 for a used key with other
 * content. A replayed response has {@code Idempotency-Replayed: true}. A request with a key may have up to 1 MiB; a
 * larger one gets 413. The handler must answer on the thread that serves the request. Thread-safe.
 */
public final class IdempotencyFilter implements Filter {
    /** The largest request with a key, in bytes. */
    public static final int MAX_REQUEST_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyFilter.class);
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final int FIRST_FAILURE = 400;
    private static final String HAS_KEY = IdempotencyFilter.class.getName();

    private final IdempotencyKeys keys;
    private final BiConsumer<HttpServletRequest, HttpServletResponse> lateHeaders;

    /** Creates a filter for any number of servlets. */
    public IdempotencyFilter(IdempotencyKeys keys) {
        this(keys, (request, response) -> {});
    }

    /**
     * Creates a filter for a framework that sets headers at the commit of a response.
     *
     * @param lateHeaders sets further headers to store, such as a session's cookie; called after the handler returned
     *     and before its response is stored. If it throws, the response is stored without these headers
     */
    public IdempotencyFilter(IdempotencyKeys keys, BiConsumer<HttpServletRequest, HttpServletResponse> lateHeaders) {
        this.keys = keys;
        this.lateHeaders = lateHeaders;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest asked)
                || !(response instanceof HttpServletResponse answer)
                || SAFE.contains(asked.getMethod())
                || asked.getAttribute(HAS_KEY) != null) {
            chain.doFilter(request, response);
            return;
        }
        List<String> lines = IdempotencyKeys.lines(
                Collections.list(asked.getHeaders(IdempotencyKeys.HEADER)),
                Collections.list(asked.getHeaders(IdempotencyKeys.OTHER_HEADER)));
        String key = IdempotencyKeys.key(lines);
        if (lines.isEmpty() && !keys.isRequired()) {
            chain.doFilter(request, response);
        } else if (key == null) {
            refuse(answer, lines.isEmpty() ? KeyRefusal.NO_KEY : KeyRefusal.BAD_KEY);
        } else {
            keyed(key, asked, answer, chain);
        }
    }

    private void keyed(String key, HttpServletRequest asked, HttpServletResponse answer, FilterChain chain)
            throws IOException, ServletException {
        asked.setAttribute(HAS_KEY, true);
        RepeatableRequest request = RepeatableRequest.read(asked, MAX_REQUEST_BYTES);
        if (request == null) {
            refuse(answer, KeyRefusal.TOO_LARGE);
            return;
        }
        List<String> caller = Collections.list(asked.getHeaders(keys.callerHeader()));
        KeyUse use = new KeyUse(keys, IdempotencyKeys.key(caller, key));
        String query = asked.getQueryString() == null ? "" : "?" + asked.getQueryString();
        String place = asked.getMethod() + " " + asked.getRequestURI() + query;
        KeyClaim claim = claim(use, IdempotencyKeys.digest(place, request.content()));
        if (claim == null) {
            refuse(answer, KeyRefusal.NO_STORE);
        } else if (claim instanceof KeyClaim.Taken) {
            run(use, request, answer, chain);
        } else if (claim instanceof KeyClaim.Answered answered) {
            answer.setHeader(IdempotencyKeys.REPLAYED, "true");
            StoredHttpResponse.of(answered.bytes()).sendTo(answer);
        } else {
            refuse(answer, KeyRefusal.of(claim));
        }
    }

    /** Claims the key; returns null if the store does not answer. */
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

    private void run(KeyUse use, RepeatableRequest asked, HttpServletResponse answer, FilterChain chain)
            throws IOException, ServletException {
        BufferedHttpResponse held = new BufferedHttpResponse(answer, IdempotencyKeys.MAX_ANSWER_BYTES, false);
        try {
            chain.doFilter(asked, held);
        } catch (IOException | ServletException | RuntimeException | Error failure) {
            use.failed();
            if (asked.isIllFormed()) {
                held.withdraw();
                refuse(answer, KeyRefusal.ILL_FORMED);
                return;
            }
            throw failure;
        }
        if (held.hasFailed()) {
            use.failed();
            return;
        }
        setLateHeaders(asked, held);
        KeyRefusal no;
        try {
            no = keep(use, held);
        } catch (IOException broken) {
            LOG.warn("a response is not stored", broken);
            no = KeyRefusal.NO_STORE;
        }
        if (no == null) {
            StoredHttpResponse.write(answer, held.body());
        } else {
            held.withdraw();
            refuse(answer, no);
        }
    }

    private void setLateHeaders(RepeatableRequest asked, BufferedHttpResponse held) {
        try {
            lateHeaders.accept(asked, held);
        } catch (RuntimeException failure) {
            LOG.warn("a response is stored without the headers that are set at its commit", failure);
        }
    }

    /** Stores the response; returns the reason if it must not be sent, or null. */
    private static @Nullable KeyRefusal keep(KeyUse use, BufferedHttpResponse held) throws IOException {
        if (held.getStatus() >= FIRST_FAILURE) {
            use.failed();
        } else if (held.isTooLarge()) {
            use.answeredTooMuch();
            return KeyRefusal.NOT_KEPT;
        } else {
            use.answered(held.answer().bytes());
        }
        return null;
    }

    /** Refuses with a problem in JSON (RFC 9457). The texts need no escapes. */
    private static void refuse(HttpServletResponse answer, KeyRefusal why) throws IOException {
        byte[] problem =
                ("{\"status\":" + why.http() + ",\"title\":\"" + why.text() + "\"}").getBytes(StandardCharsets.UTF_8);
        answer.setStatus(why.http());
        answer.setContentType("application/problem+json");
        if (why == KeyRefusal.RUNNING) {
            answer.setHeader("Retry-After", "1");
        }
        StoredHttpResponse.write(answer, problem);
    }
}
