package dev.entente.participant;

import dev.entente.trace.Tracing;
import io.grpc.Context;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The counterpart of {@link BranchInterceptor} for servlets. The filter reads Entente's headers. It answers with the
 * matching status and body when a handler throws a {@link BranchException}. The server provides the servlet API
 * (jakarta.servlet, 5 or later).
 *
 * <p>If other threads handle the request, propagate the call with {@link CallContext}. Thread-safe.
 */
public final class BranchServletFilter implements Filter {
    private final Tracing tracing = Tracing.found();

    /** Creates a filter, which can serve any number of servlets. */
    public BranchServletFilter() {}

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest asked) || !(response instanceof HttpServletResponse answer)) {
            chain.doFilter(request, response);
            return;
        }
        Context context;
        try {
            context = CallLog.traced(BranchHeaders.context(asked::getHeader), tracing);
        } catch (IllegalArgumentException malformed) {
            send(answer, HttpVerdict.malformed(String.valueOf(malformed.getMessage())));
            return;
        }
        Context before = context.attach();
        CallLog log = CallLog.enter(Branch.current().orElse(null));
        try {
            chain.doFilter(request, response);
        } catch (Error failure) {
            CallLog.end(context, failure.getClass().getName());
            throw failure;
        } catch (IOException | ServletException | RuntimeException failure) {
            @Nullable HttpVerdict verdict = HttpVerdict.in(failure);
            if (verdict == null || answer.isCommitted()) {
                CallLog.end(context, failure.getClass().getName());
                throw failure;
            }
            answer.reset();
            send(answer, verdict);
        } finally {
            CallLog.end(context, "");
            log.leave();
            context.detach(before);
        }
    }

    /** Writes a verdict into a response that is not committed. If a handler has begun the response, reset it first. */
    public static void send(HttpServletResponse answer, HttpVerdict verdict) throws IOException {
        byte[] body = verdict.bytes().toByteArray();
        answer.setStatus(verdict.status());
        verdict.headers().forEach(answer::setHeader);
        answer.setContentLength(body.length);
        answer.getOutputStream().write(body);
    }
}
