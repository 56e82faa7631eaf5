package dev.entente.spring;

import dev.entente.participant.HttpVerdict;
import dev.entente.spring.EntenteProperties.Reason;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.ContentCachingResponseWrapper;
import org.springframework.web.util.WebUtils;

/**
 * Writes the reason that this service has for a status ({@code entente.web.outcomes}) into those answers to coordinators
 * that give none themselves. It holds an answer back until it is whole. Thread-safe.
 */
final class OutcomesFilter implements Filter {
    private final Map<Integer, Reason> outcomes;

    OutcomesFilter(Map<Integer, Reason> outcomes) {
        this.outcomes = Map.copyOf(outcomes);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest asked)
                || !(response instanceof HttpServletResponse answer)
                || asked.getHeader("entente-gid") == null) {
            chain.doFilter(request, response);
            return;
        }
        // an asynchronous dispatch brings the one that its request began with
        ContentCachingResponseWrapper begun = WebUtils.getNativeResponse(answer, ContentCachingResponseWrapper.class);
        ContentCachingResponseWrapper whole = begun == null ? new ContentCachingResponseWrapper(answer) : begun;
        chain.doFilter(request, whole);
        if (!asked.isAsyncStarted()) {
            Reason reason = outcomes.get(whole.getStatus());
            if (reason != null && !whole.isCommitted()) {
                give(reason, whole);
            }
            whole.copyBodyToResponse();
        }
    }

    private static void give(Reason reason, ContentCachingResponseWrapper answer) throws IOException {
        String body = new String(answer.getContentAsByteArray(), StandardCharsets.UTF_8).strip();
        String told = said(answer.getStatus(), reason, answer.getContentType(), body);
        if (told != null) {
            answer.resetBuffer();
            answer.setContentType("application/json");
            answer.getOutputStream().write(told.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Returns the body with its reason, and with what it said before; null if it has a reason. */
    private static @Nullable String said(int status, Reason reason, @Nullable String contentType, String body) {
        String type = Objects.requireNonNullElse(contentType, "");
        if (!type.contains("json") || !body.startsWith("{")) {
            return HttpVerdict.of(status, reason.name(), type.startsWith("text/plain") ? body : "")
                    .body();
        }
        String members = body.substring(1).strip();
        return members.contains("\"entente\"")
                ? null
                : "{\"entente\": {\"reason\": \"" + reason + "\"}" + (members.startsWith("}") ? "" : ", ") + members;
    }
}
