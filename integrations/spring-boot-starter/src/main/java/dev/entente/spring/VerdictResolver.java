package dev.entente.spring;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.BranchServletFilter;
import dev.entente.participant.HttpVerdict;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.MethodParameter;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/**
 * Answers verdicts of a coordinator's call before any advice of the application's sees the exception. All other
 * exceptions are left to the resolvers behind it. An advice may give them any status but a success: nothing was done, and
 * the coordinator would take it for done. All other calls are left alone. Thread-safe.
 */
@ControllerAdvice
final class VerdictResolver implements HandlerExceptionResolver, PriorityOrdered, ResponseBodyAdvice<Object> {
    private static final Logger LOG = LoggerFactory.getLogger(VerdictResolver.class);
    private static final String FAILED = VerdictResolver.class.getName();
    private static final int LOWEST_FAILURE = 400;

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception failure) {
        Branch branch = Branch.current().orElse(null);
        if (branch == null || response.isCommitted()) {
            return null;
        }
        Optional<BranchException> said = RejectedExceptions.in(failure);
        if (said.isEmpty()) {
            int status = status(failure);
            LOG.warn(
                    "{} failed, and is answered {} unless an exception handler says otherwise: {}",
                    branch,
                    status,
                    failure.toString());
            request.setAttribute(FAILED, status);
            response.setStatus(status); // for an advice that gives none
            return null;
        }
        try {
            response.reset();
            BranchServletFilter.send(response, HttpVerdict.of(said.get()));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        return new ModelAndView();
    }

    /** Returns what Spring itself answers. */
    private static int status(Exception failure) {
        if (failure instanceof ErrorResponse told) {
            return told.getStatusCode().value();
        }
        ResponseStatus marked = AnnotatedElementUtils.findMergedAnnotation(failure.getClass(), ResponseStatus.class);
        return marked != null
                ? marked.code().value()
                : failure instanceof HttpMessageNotReadableException
                        ? HttpServletResponse.SC_BAD_REQUEST
                        : HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
    }

    @Override
    public boolean supports(MethodParameter handler, Class<? extends HttpMessageConverter<?>> converter) {
        return true;
    }

    @Override
    public @Nullable Object beforeBodyWrite(
            @Nullable Object body,
            MethodParameter handler,
            MediaType type,
            Class<? extends HttpMessageConverter<?>> converter,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        if (request instanceof ServletServerHttpRequest asked
                && response instanceof ServletServerHttpResponse answer
                && asked.getServletRequest().getAttribute(FAILED) instanceof Integer status
                && answer.getServletResponse().getStatus() < LOWEST_FAILURE) {
            LOG.error(
                    "an exception handler answered {}, and the coordinator is told {}: {}",
                    answer.getServletResponse().getStatus(),
                    status,
                    handler);
            answer.setStatusCode(HttpStatusCode.valueOf(status));
        }
        return body;
    }
}
