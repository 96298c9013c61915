#include "http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "http/httppriv.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum { MAX_THREADS = 8, SPARE_DESCRIPTORS = 256, STALL = 3 };

/* ---- the socket ---- */

static struct addrinfo *resolve(const struct http_options *options, struct jci_error *err)
{
	const bool local = strcmp(options->address, "localhost") == 0;
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	char port[8];

	snprintf(port, sizeof(port), "%u", options->port);
	if (getaddrinfo(local ? "127.0.0.1" : options->address, port, &hints, &list) == 0)
		return list;
	jci_error_set(err, JCI_EINVALID, _("'%s' is no address; name one such as 127.0.0.1 or ::1"),
		      options->address);
	return NULL;
}

static int no_socket(const struct http_options *options, struct jci_error *err)
{
	if (errno == EADDRINUSE)
		return jci_error_set(err, JCI_EBUSY,
				     _("port %u is in use; choose another, or 0 for any that is "
				       "free"),
				     options->port);
	if (errno == EADDRNOTAVAIL)
		return jci_error_set(err, JCI_EINVALID, _("'%s' is no address of this host"),
				     options->address);
	return jci_error_errno(err, JCI_EFAIL, _("cannot listen on port %u of '%s'"), options->port,
			       options->address);
}

static int open_socket(const struct http_options *options, struct jci_error *err)
{
	struct addrinfo *address = resolve(options, err);
	cleanup_close int fd = -1;
	const int on = 1;

	if (!address)
		return err->code;
	fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, address->ai_addr, address->ai_addrlen) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		no_socket(options, err);
	freeaddrinfo(address);
	return err->code ? err->code : steal_fd(fd);
}

static unsigned port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return 0;
	return ntohs(address.ss_family == AF_INET6
			     ? ((const struct sockaddr_in6 *)&address)->sin6_port
			     : ((const struct sockaddr_in *)&address)->sin_port);
}

/* Each connection needs a descriptor, and perhaps one for the file that it is sent. */
static void raise_descriptors(unsigned connections)
{
	struct rlimit limit;
	rlim_t want = 2 * (rlim_t)connections + SPARE_DESCRIPTORS;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- what the library tells ---- */

/* As soon as the request line is there: its target, as it was sent. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
	struct http_request *rq = xcalloc(1, sizeof(*rq));
	char *question;

	rq->server = cls;
	rq->connection = connection;
	rq->path = xstrdup(target);
	rq->body = (struct strbuf)STRBUF_INIT;
	question = strchr(rq->path, '?');
	rq->query = question ? question + 1 : rq->path + strlen(rq->path);
	if (question)
		*question = '\0';
	return rq;
}

static struct http_connection *connection_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		mhd->get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* Also where there is no request yet: its head was wrong or never came. */
static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	struct http_server *server = cls;
	struct http_request *rq = *con_cls;

	(void)code;
	http_connection_idle(connection_of(connection));
	if (!rq)
		return;
	*con_cls = NULL;
	if (rq->user && server->handler.user_free)
		server->handler.user_free(rq->user);
	if (rq->response)
		mhd->destroy_response(rq->response);
	http_drop_headers(rq);
	__atomic_sub_fetch(&server->bodies, rq->held, __ATOMIC_RELAXED);
	strbuf_release(&rq->body);
	free(rq->path);
	free(rq);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct http_server *server = cls;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			mhd->get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

		*socket_context =
			http_connection_new(&server->deadlines, info ? info->connect_fd : -1);
	} else {
		http_connection_free(*socket_context);
	}
}

static bool refuse_method(struct http_request *rq, const char *method)
{
	const struct http_handler *h = &rq->server->handler;

	rq->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
	rq->post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
	rq->max_body = rq->post && h->max_body ? h->max_body(h->ctx, rq) : HTTP_NO_POST;
	if (rq->post ? rq->max_body != HTTP_NO_POST
		     : rq->head || strcmp(method, MHD_HTTP_METHOD_GET) == 0)
		return false;
	http_add_header(rq, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	http_refuse(rq, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	return true;
}

/* RFC 9112, 3.2: to a server that is no proxy clients send the path alone. */
static bool refuse_target(struct http_request *rq)
{
	if (*rq->path == '/')
		return false;
	http_refuse(rq, MHD_HTTP_BAD_REQUEST, "the target of a request begins with '/'\n");
	return true;
}

/* ---- bodies ---- */

static void refuse_large(struct http_request *rq)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	if (rq->post)
		strbuf_addf(&text, "the body may have at most %zu bytes\n", rq->max_body);
	else
		strbuf_addstr(&text, "a request has no body here\n");
	http_add_header(rq, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	http_respond(rq, MHD_HTTP_CONTENT_TOO_LARGE, text.buf, text.len);
}

static void refuse_full(struct http_request *rq)
{
	http_add_header(rq, MHD_HTTP_HEADER_RETRY_AFTER, "5");
	http_refuse(rq, MHD_HTTP_SERVICE_UNAVAILABLE, "too many requests at a time\n");
}

static bool refuse(struct http_request *rq, unsigned status)
{
	if (status == MHD_HTTP_CONTENT_TOO_LARGE)
		refuse_large(rq);
	else if (status)
		refuse_full(rq);
	return status;
}

/* Room for len more bytes; 0, or the status of the answer if there is none. */
static unsigned hold_body(struct http_request *rq, size_t len)
{
	struct http_server *server = rq->server;

	if (len > rq->max_body - rq->body.len)
		return MHD_HTTP_CONTENT_TOO_LARGE;
	if (rq->body.len + len <= rq->held)
		return 0;
	len = rq->body.len + len - rq->held;
	if (__atomic_add_fetch(&server->bodies, len, __ATOMIC_RELAXED) > server->max_bodies) {
		__atomic_sub_fetch(&server->bodies, len, __ATOMIC_RELAXED);
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	rq->held += len;
	return 0;
}

/* By its head: before a byte of the body was read. */
static bool refuse_body(struct http_request *rq)
{
	const char *length = http_header(rq, MHD_HTTP_HEADER_CONTENT_LENGTH);
	const bool chunked = http_header(rq, MHD_HTTP_HEADER_TRANSFER_ENCODING);
	unsigned long long len =
		length ? strtoull(length, NULL, 10) : 0; /* the library checked it */

	if (!rq->post)
		return (chunked || len) && refuse(rq, MHD_HTTP_CONTENT_TOO_LARGE);
	return refuse(rq,
		      len > rq->max_body ? MHD_HTTP_CONTENT_TOO_LARGE : hold_body(rq, (size_t)len));
}

/* The library takes an answer only once the body is over: of one that is too much, the rest is
 * dropped. */
static void add_body(struct http_request *rq, const char *data, size_t len)
{
	if (!rq->refused)
		rq->refused = hold_body(rq, len);
	if (rq->refused)
		strbuf_release(&rq->body);
	else
		strbuf_add(&rq->body, data, len);
}

/* ---- requests ---- */

static enum MHD_Result queue(struct http_request *rq)
{
	return mhd->queue_response(rq->connection, rq->status, rq->response);
}

static enum MHD_Result on_head(struct http_request *rq, const char *method, const char *version)
{
	rq->http_1_0 = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;
	return refuse_method(rq, method) || refuse_target(rq) || refuse_body(rq) ? queue(rq)
										 : MHD_YES;
}

static enum MHD_Result on_whole(struct http_request *rq)
{
	const struct http_handler *h = &rq->server->handler;

	http_connection_busy(connection_of(rq->connection));
	if (refuse(rq, rq->refused) || (h->quick && h->quick(h->ctx, rq)))
		return queue(rq);
	mhd->suspend_connection(rq->connection);
	http_workers_add(rq->server, rq);
	return MHD_YES;
}

/*
 * First with the head of a request, then with each piece of its body, then when all of it is there,
 * and again when a worker has answered it. (An answer to the first call ends the connection.)
 */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *body,
				  size_t *body_len, void **con_cls)
{
	struct http_request *rq = *con_cls;

	(void)cls;
	(void)connection;
	(void)url;
	switch (rq->stage) {
	case HTTP_HEAD:
		rq->stage = HTTP_BODY;
		return on_head(rq, method, version);
	case HTTP_BODY:
		if (*body_len) {
			add_body(rq, body, *body_len);
			*body_len = 0;
			return MHD_YES;
		}
		rq->stage = HTTP_WHOLE;
		return on_whole(rq);
	default:
		return rq->response ? queue(rq) : MHD_NO;
	}
}

/* The library's own words about clients that break off are no news. */
static void on_message(void *cls, const char *fmt, va_list ap)
{
	(void)cls;
	(void)fmt;
	(void)ap;
}

/* ---- start and end ---- */

static unsigned network_threads(void)
{
	unsigned cpus = thread_cpus();

	/* at least two: a pool of one would be the library's listening thread itself */
	return cpus < 2 ? 2 : cpus > MAX_THREADS ? MAX_THREADS : cpus;
}

/* The library's threads take over the signal mask: signals are for the main thread. */
static struct MHD_Daemon *start_daemon(struct http_server *server,
				       const struct http_options *options, int fd)
{
	const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
			       MHD_USE_ERROR_LOG | (options->certificate ? MHD_USE_TLS : 0);
	const struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->certificate},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->key},
		{MHD_OPTION_END, 0, NULL}};
	struct MHD_Daemon *daemon;
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	daemon = mhd->start_daemon(
		flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_message,
		NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, network_threads(),
		MHD_OPTION_CONNECTION_LIMIT, options->connections,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->connections_per_address,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_BUFFER,
		MHD_OPTION_CONNECTION_TIMEOUT, STALL * options->timeout_s,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, server, MHD_OPTION_ARRAY, options->certificate ? tls : tls + 2,
		MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return daemon;
}

void http_listen_library_version(struct library_version *v)
{
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	bool there = mhd_load(&ignored) == 0;
	char built[sizeof(v->built)];

	/* 0x00097502 is 0.9.75, and the second of its kind */
	snprintf(built, sizeof(built), "%x.%x.%x", MHD_VERSION >> 24, MHD_VERSION >> 16 & 0xff,
		 MHD_VERSION >> 8 & 0xff);
	library_version_set(v, "libmicrohttpd", built, there ? mhd->get_version() : NULL);
}

int http_server_start(struct http_server **out, const struct http_options *options,
		      const struct http_handler *handler, struct jci_error *err)
{
	cleanup_free struct http_server *server = xcalloc(1, sizeof(*server));
	cleanup_close int fd = -1;

	if (mhd_load(err) < 0)
		return err->code;
	fd = open_socket(options, err);
	if (fd < 0)
		return err->code;
	raise_descriptors(options->connections);
	server->handler = *handler;
	server->port = port_of(fd);
	server->max_bodies = options->max_bodies;
	http_streams_init(&server->streams);
	http_workers_init(&server->workers);
	if (http_deadlines_start(&server->deadlines, options->timeout_s, err) < 0)
		return err->code;
	server->daemon = start_daemon(server, options, fd);
	if (!server->daemon) {
		http_deadlines_stop(&server->deadlines);
		return options->certificate
			       ? jci_error_set(
					 err, JCI_EINVALID,
					 _("the certificate or its key is not right: both are "
					   "in PEM, and belong together"))
			       : jci_error_set(err, JCI_EFAIL,
					       _("libmicrohttpd cannot start its threads"));
	}
	(void)steal_fd(fd); /* the library closes it */
	http_workers_start(server);
	*out = steal_ptr(server);
	return 0;
}

unsigned http_server_port(const struct http_server *server)
{
	return server->port;
}

/*
 * The library may not be stopped while a connection is suspended: first workers give back what they
 * have, then streams wait no more. A request that comes meanwhile finds the workers stopped.
 */
void http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	http_streams_stop(&server->streams);
	http_workers_stop(&server->workers);
	mhd->stop_daemon(server->daemon);
	http_deadlines_stop(&server->deadlines);
	free(server);
}

bool http_server_is_stopping(const struct http_server *server)
{
	return __atomic_load_n(&server->streams.stopping, __ATOMIC_RELAXED);
}
