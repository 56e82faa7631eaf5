package dev.entente.spring;

import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.idempotency.Idempotent;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.stereotype.Component;
import org.springframework.util.ClassUtils;

/**
 * Finds {@link Barriered} and {@link Idempotent} methods of beans, refuses those that cannot be kept, and puts the
 * barrier before the former. Thread-safe.
 */
final class MarkedBeans implements BeanPostProcessor {
    private static final String NEEDS_DATABASE = "give the application a PostgreSQL or MariaDB data source"
            + " (spring.datasource.url) and its transaction manager (spring-boot-starter-jdbc or -data-jpa); of several"
            + " mark the one @Primary";

    private final BeanFactory beans;
    private final Map<Place, BarrieredMethod> barriered = new ConcurrentHashMap<>();
    private final Set<String> idempotentRpcs = ConcurrentHashMap.newKeySet();
    private volatile boolean hasIdempotentHandlers;

    /** A method of a bean's class, which may have inherited it. */
    private record Place(Class<?> type, Method method) {}

    MarkedBeans(BeanFactory beans) {
        this.beans = beans;
    }

    /** Returns null for a method that is not barriered. */
    @Nullable
    BarrieredMethod method(Class<?> type, Method method) {
        return barriered.get(new Place(type, AopUtils.getMostSpecificMethod(method, type)));
    }

    /** Tells whether there is any, of a controller. */
    boolean hasIdempotentHandlers() {
        return hasIdempotentHandlers;
    }

    boolean isIdempotentRpc(String fullMethodName) {
        return idempotentRpcs.contains(fullMethodName);
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        Class<?> type = ClassUtils.getUserClass(AopUtils.getTargetClass(bean));
        if (bean instanceof AopInfrastructureBean || isSpringsOwn(type)) {
            return bean;
        }
        Map<Method, Barriered> barriers = marks(type, Barriered.class);
        Barriered ofAll = AnnotatedElementUtils.findMergedAnnotation(type, Barriered.class);
        Map<Method, Idempotent> keys = marks(type, Idempotent.class);
        if (barriers.isEmpty() && ofAll == null && keys.isEmpty()) {
            return bean;
        }
        Handlers handlers = Handlers.of(bean, type);
        if (ofAll != null) {
            handlers.all().forEach(method -> barriers.putIfAbsent(method, ofAll));
        }
        keys.keySet().forEach(method -> idempotent(handlers, method));
        if (ofAll == null && barriers.isEmpty()) {
            return bean;
        }
        for (Map.Entry<Method, Barriered> each : barriers.entrySet()) {
            BarrieredMethod method = new BarrieredMethod(each.getValue(), handlers.format(each.getKey(), beans));
            barriered.put(new Place(type, each.getKey()), method);
        }
        TransactionalBarrier barrier =
                beans.getBeanProvider(TransactionalBarrier.class).getIfUnique();
        if (barriers.isEmpty() || barrier == null || AopUtils.isJdkDynamicProxy(bean)) {
            String action = barriers.isEmpty()
                    ? "it finds no handler there; " + Handlers.PLACES
                    : barrier == null ? NEEDS_DATABASE : "take spring.aop.proxy-target-class=false out";
            throw new WrongSetup("@Barriered cannot work on " + type.getName() + barriers.keySet(), action, null);
        }
        return proxied(bean, handlers.isService(), new BarrierAdvice(call -> method(type, call.getMethod()), barrier));
    }

    /** Such a class may name classes that are not there; samples of Spring's have that prefix, too. */
    private static boolean isSpringsOwn(Class<?> type) {
        return type.getName().startsWith("org.springframework.")
                && !AnnotatedElementUtils.isAnnotated(type, Component.class);
    }

    private void idempotent(Handlers handlers, Method method) {
        handlers.require(method, Idempotent.class);
        if (beans.getBeanProvider(IdempotencyKeys.class).getIfUnique() == null) {
            throw new WrongSetup("@Idempotent on " + method + " has no bean of IdempotencyKeys", NEEDS_DATABASE, null);
        }
        if (handlers.isService()) {
            idempotentRpcs.add(handlers.rpc(method).getFullMethodName());
        } else {
            hasIdempotentHandlers = true;
        }
    }

    private static <A extends Annotation> Map<Method, A> marks(Class<?> type, Class<A> mark) {
        MethodIntrospector.MetadataLookup<A> lookup =
                method -> AnnotatedElementUtils.findMergedAnnotation(method, mark);
        return new HashMap<>(MethodIntrospector.selectMethods(type, lookup));
    }

    /** The barrier stands inside of what others have put before the bean, such as security. */
    private static Object proxied(Object bean, boolean isService, BarrierAdvice advice) {
        ProxyFactory made = new ProxyFactory();
        Advised proxy = bean instanceof Advised already && !already.isFrozen() ? already : made;
        proxy.addAdvice(advice.barrier());
        if (isService) {
            proxy.addAdvice(0, advice.answering());
        }
        if (!proxy.equals(made)) {
            return bean;
        }
        made.setTarget(bean);
        made.setProxyTargetClass(true);
        return made.getProxy(bean.getClass().getClassLoader());
    }
}
