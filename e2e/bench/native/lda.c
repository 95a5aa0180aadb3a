/*
 * The sampler of shared/apps/lda/push.ts in C: the same algorithm on the same lease with the same seed,
 * so the same topics, which it proves with a hash of them.
 *
 *   lda <lease file> <seconds>   prints the seconds of the fastest run and the hash
 *
 * The file is what e2e/bench/kernels/lda.ts writes: u32 K, words, documents, tokens, pairs of the
 * documents, pairs of the words, seed[4]; f64 beta, betaSum, alpha[K]; u32 totals[K], docPairs[],
 * docTokens[], wordPairs[], word[T] (document by document); u16 docTopics[], wordTopics[], z[T];
 * u8 docCounts[], wordCounts[].
 *
 * Compile with -ffp-contract=off: a fused multiply-add rounds once where WebAssembly rounds twice.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUN = 4, GROUP_BITS = 5 };

static uint32_t K, n, m, T, doc_size, word_size, seed[4];
static double beta, beta_sum, *alpha;
static uint32_t *given_totals, *doc_pairs, *doc_tokens, *word_pairs, *word;
static uint16_t *doc_topics, *word_topics, *z;
static uint8_t *doc_counts, *word_counts;

/* Documents: lists of topics with counts; beyond a list's end counts are 0. */
static uint32_t *bases, *lengths, room, *counts;
static uint16_t *topics;
static double *sums;

/* The word at hand, and the totals. */
static double *phi, *inverse, *groups, *smooth_groups, smooth, prior;
static int32_t *totals, *of_word;
static uint16_t *touched;
static uint32_t entered;

static uint32_t *starts, *next, *order; /* order: document, token */
static uint16_t *after;
static uint32_t a, b, c, d;

static void *take(FILE *file, size_t size) {
  void *to = malloc(size + 64);
  if (!to || fread(to, 1, size, file) != size) {
    fprintf(stderr, "the lease file ends early\n");
    exit(1);
  }
  return to;
}

static void read_lease(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(1);
  }
  uint32_t *head = take(file, 40);
  K = head[0], n = head[1], m = head[2], T = head[3], doc_size = head[4], word_size = head[5];
  memcpy(seed, head + 6, 16);
  double *scalars = take(file, 16);
  beta = scalars[0], beta_sum = scalars[1];
  alpha = take(file, 8ul * K);
  given_totals = take(file, 4ul * K);
  doc_pairs = take(file, 4ul * m);
  doc_tokens = take(file, 4ul * m);
  word_pairs = take(file, 4ul * n);
  word = take(file, 4ul * T);
  doc_topics = take(file, 2ul * doc_size);
  word_topics = take(file, 2ul * word_size);
  z = take(file, 2ul * T);
  doc_counts = take(file, doc_size);
  word_counts = take(file, word_size);
  fclose(file);
}

static void allocate(void) {
  uint32_t g = (K >> GROUP_BITS) + 1;
  room = doc_size + T + (RUN - 1) * m + 8;
  bases = malloc(4ul * m), lengths = malloc(4ul * m);
  topics = malloc(2ul * room), counts = malloc(4ul * room), sums = malloc(8ul * room);
  phi = malloc(8ul * K), inverse = malloc(8ul * K);
  groups = malloc(8ul * g), smooth_groups = malloc(8ul * g);
  totals = malloc(4ul * K), of_word = malloc(4ul * K), touched = malloc(2ul * (K + T));
  starts = malloc(4ul * (n + 1)), next = malloc(4ul * n), order = malloc(8ul * T);
  after = malloc(2ul * T);
}

static void sort_tokens(void) {
  memset(starts, 0, 4ul * (n + 1));
  for (uint32_t t = 0; t < T; t++) starts[word[t] + 1]++;
  for (uint32_t w = 0; w < n; w++) starts[w + 1] += starts[w], next[w] = starts[w];
  uint32_t t = 0;
  for (uint32_t i = 0; i < m; i++)
    for (uint32_t end = t + doc_tokens[i]; t < end; t++) {
      uint32_t at = 2 * next[word[t]]++;
      order[at] = i, order[at + 1] = t;
    }
}

static void open_documents(void) {
  memset(topics, 0, 2ul * room);
  memset(counts, 0, 4ul * room);
  uint32_t pair = 0, base = 0;
  for (uint32_t i = 0; i < m; i++) {
    uint32_t to = bases[i] = base;
    for (uint32_t end = pair + doc_pairs[i]; pair < end; pair++) {
      if (to > base && topics[to - 1] == doc_topics[pair]) counts[to - 1] += doc_counts[pair];
      else topics[to] = doc_topics[pair], counts[to++] = doc_counts[pair];
    }
    lengths[i] = to - base;
    base = to + doc_tokens[i] + RUN - 1;
  }
}

static void open_topics(void) {
  memset(of_word, 0, 4ul * K);
  memset(smooth_groups, 0, 8ul * ((K >> GROUP_BITS) + 1));
  smooth = 0;
  for (uint32_t id = 0; id < K; id++) {
    totals[id] = (int32_t)given_totals[id];
    inverse[id] = 1.0 / (totals[id] + beta_sum);
    phi[id] = beta * inverse[id];
    double part = alpha[id] * phi[id];
    smooth_groups[id >> GROUP_BITS] += part;
    smooth += part;
  }
}

static void enter_word(uint32_t pair, uint32_t pairs) {
  entered = 0;
  for (uint32_t p = pair; p < pair + pairs; p++) {
    uint32_t id = word_topics[p];
    if (of_word[id] == 0) touched[entered++] = (uint16_t)id;
    of_word[id] += word_counts[p];
  }
  prior = smooth;
  memcpy(groups, smooth_groups, 8ul * ((K + (1 << GROUP_BITS) - 1) >> GROUP_BITS));
  for (uint32_t i = 0; i < entered; i++) {
    uint32_t id = touched[i];
    double now = (of_word[id] + beta) * inverse[id];
    double by = alpha[id] * (now - phi[id]);
    prior += by;
    groups[id >> GROUP_BITS] += by;
    phi[id] = now;
  }
}

static void leave_word(void) {
  for (uint32_t i = 0; i < entered; i++) {
    of_word[touched[i]] = 0;
    phi[touched[i]] = beta * inverse[touched[i]];
  }
}

static double uniform(void) {
  uint32_t sum = a + d, result = (sum << 7 | sum >> 25) + a, shifted = b << 9;
  c ^= a, d ^= b, b ^= c, a ^= d, c ^= shifted;
  d = d << 11 | d >> 21;
  return (result + 0.5) * 0x1p-32;
}

static uint32_t find(uint32_t id, uint32_t base, uint32_t end) {
  uint32_t e = base;
  while (e < end && topics[e] != id) e++;
  return e;
}

static double weight(uint32_t e) { return (int32_t)counts[e] * phi[topics[e]]; }

static double sum_over(uint32_t base, uint32_t end) {
  double sum = 0, *out = sums;
  uint32_t e = base;
  do {
    sum += (weight(e) + weight(e + 2)) + (weight(e + 1) + weight(e + 3));
    *out++ = sum;
    e += RUN;
  } while (e < end);
  return sum;
}

static uint32_t entry_at(double draw, uint32_t base, uint32_t end) {
  uint32_t run = 0;
  while (sums[run] <= draw) run++;
  double rest = run == 0 ? draw : draw - sums[run - 1];
  uint32_t e = base + run * RUN;
  double one = weight(e), two = one + weight(e + 1), three = two + weight(e + 2);
  e += (rest >= one) + (rest >= two) + (rest >= three);
  return e < end ? e : end - 1;
}

static uint32_t draw_from_prior(double draw, uint32_t old, double by) {
  double *own = groups + (old >> GROUP_BITS), before = *own, rest = draw;
  uint32_t last = ((K + (1 << GROUP_BITS) - 1) >> GROUP_BITS) - 1, g = 0;
  *own = before + by;
  while (g < last && rest >= groups[g]) rest -= groups[g++];
  *own = before;
  uint32_t id = g << GROUP_BITS, end = id + (1 << GROUP_BITS);
  if (end > K) end = K;
  for (; id < end - 1; id++) {
    rest -= alpha[id] * phi[id];
    if (rest < 0) break;
  }
  return id;
}

static void settle(uint32_t id, int change, double inv, double now, double by) {
  if (of_word[id] == 0) touched[entered++] = (uint16_t)id;
  of_word[id] += change;
  totals[id] += change;
  double smoother = alpha[id] * beta * (inv - inverse[id]);
  smooth += smoother;
  smooth_groups[id >> GROUP_BITS] += smoother;
  prior += by;
  groups[id >> GROUP_BITS] += by;
  inverse[id] = inv;
  phi[id] = now;
}

static uint32_t sample(uint32_t doc, uint32_t old) {
  uint32_t base = bases[doc], end = base + lengths[doc], own = find(old, base, end);
  counts[own]--;
  double old_phi = phi[old], inv = 1.0 / (totals[old] - 1 + beta_sum);
  double less = (of_word[old] - 1 + beta) * inv, step = alpha[old] * (less - old_phi);
  phi[old] = less;
  double sum = sum_over(base, end), draw = uniform() * (sum + (prior + step));
  uint32_t e = end, id;
  if (draw < sum) e = entry_at(draw, base, end), id = topics[e];
  else id = draw_from_prior(draw - sum, old, step);
  if (id == old) {
    counts[own]++;
    phi[old] = old_phi;
    return id;
  }
  uint32_t last = end;
  if (e == end) e = find(id, base, end);
  if (e == end) topics[last++] = (uint16_t)id;
  counts[e]++;
  if (counts[own] == 0) {
    last--;
    topics[own] = topics[last];
    counts[own] = counts[last];
    counts[last] = 0;
  }
  lengths[doc] = last - base;
  settle(old, -1, inv, less, step);
  double more = 1.0 / (totals[id] + 1 + beta_sum), now = (of_word[id] + 1 + beta) * more;
  settle(id, 1, more, now, alpha[id] * (now - phi[id]));
  return id;
}

static void push(void) {
  a = seed[0], b = seed[1], c = seed[2], d = seed[3];
  sort_tokens();
  open_documents();
  open_topics();
  uint32_t pair = 0;
  for (uint32_t w = 0; w < n; pair += word_pairs[w++]) {
    if (starts[w] == starts[w + 1]) continue;
    enter_word(pair, word_pairs[w]);
    for (uint32_t i = starts[w]; i < starts[w + 1]; i++) {
      uint32_t t = order[2 * i + 1];
      after[t] = (uint16_t)sample(order[2 * i], z[t]);
    }
    leave_word();
  }
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "lda <lease file> <seconds>\n");
    return 2;
  }
  read_lease(argv[1]);
  allocate();
  double best = 1e9, end = seconds() + atof(argv[2]);
  do {
    double start = seconds();
    push();
    double took = seconds() - start;
    if (took < best) best = took;
  } while (seconds() < end);
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (uint32_t t = 0; t < T; t++) hash = (hash ^ after[t]) * 16777619u;
  printf("%.9f %u\n", best, hash);
  return 0;
}
