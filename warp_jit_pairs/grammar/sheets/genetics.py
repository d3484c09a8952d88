"""Genes in populations: frequencies, selection, drift, distances, linkage."""

import warp as wp

ENTITIES = "locus marker"
GROUPS = "chromosome panel"
LAUNCH = "1:7 2:3"
SUMMED = "genotypes"

QUANTITIES = """
allele_frequency       | real  | state   | 0.02 0.98    | allele_freq p_allele
fitness                | vec3  | group   | 0.5 1.5      | fitness w_genotype rel_fitness
genotypes              | vec3  | state   | 1 60         | genotypes genotype_counts
inbreeding             | real  | uniform | 0.02 0.6     | inbreeding f_is           | 0.1 0.25
mutation               | real  | uniform | 0.001 0.05   | mutation mu_rate          | 0.01
mean_fitness           | real  | result  | 0.5 1.5      | mean_fitness w_bar
heterozygosity         | real  | result  | 0.01 0.5     | heterozygosity het h_exp
crossover              | real  | state   | 0.004 0.4985 | crossover recomb r_frac
chi_squared            | real  | result  | 0 150        | chi_squared chi2 x2
map_distance           | real  | result  | 0.5 150      | map_distance d_cm
transitions            | real  | state   | 0.01 0.25    | transitions p_ts ts_frac
transversions          | real  | state   | 0.01 0.2     | transversions q_tv tv_frac
divergence             | real  | result  | 0 1.5        | divergence evo_dist d_evo
population_size        | real  | group   | 10 200       | n_eff pop_size            | 100.0
source_frequency       | real  | state   | 0.02 0.98    | source_freq p_source
gene_flow              | real  | uniform | 0.001 0.1    | gene_flow m_rate          | 0.01
selection              | real  | state   | -0.05 0.3    | s_coeff selection
dominance              | real  | state   | 0 1          | h_dom dominance
fixation_chance        | real  | result  | 0 1          | fix_prob fixation_chance
gene_copies            | int   | uniform | 10 60        | gene_copies two_n
haplotypes             | vec4  | state   | 1 50         | haplotypes hap_counts
linkage_disequilibrium | real  | result  | 0 1          | r_squared ld_r2
double_hets            | real  | state   | 1 40         | n_double_het double_hets
certain_haplotypes     | real  | state   | 1 40         | n_certain certain_haps
first_frequency        | real  | state   | 0.1 0.9      | p_a first_freq
second_frequency       | real  | state   | 0.1 0.9      | p_b second_freq
haplotype_share        | real  | result  | 0 1          | hap_share p_hap
disequilibrium         | real  | state   | -0.25 0.25   | d_ld disequilibrium
disequilibrium_left    | real  | result  | -0.3 0.3     | d_left decayed_ld
generations            | real  | uniform | 1 50         | n_generations generations | 10.0
gamma_shape            | real  | uniform | 0.3 2        | gamma_shape a_shape       | 0.5 1.0
case_counts            | vec3  | state   | 1 60         | case_counts cases
control_counts         | vec3  | state   | 1 60         | control_counts controls
association_score      | real  | result  | 0 80         | trend_chi2 assoc_score
odds_ratio             | real  | result  | 0 80         | odds_ratio or_allelic
reference_reads        | int   | state   | 0 40         | ref_reads n_ref
alternate_reads        | int   | state   | 0 40         | alt_reads n_alt
error_rate             | real  | uniform | 0.001 0.05   | error_rate seq_error      | 0.01
genotype_call          | int   | result  | 0 2          | genotype gt_call
heritability           | real  | state   | 0.1 0.8      | h2 heritability
selection_intensity    | real  | group   | 0.5 2.5      | intensity i_sel           | 1.4
trait_spread           | real  | state   | 0.5 5        | sigma_p trait_sd
breeding_response      | real  | result  | 0 8          | response_r breeding_response
recombinants           | int   | state   | 0 20         | recombinants n_recomb
nonrecombinants        | int   | state   | 5 40         | nonrecombinants n_nonrec
lod_score              | real  | result  | 0 12         | lod lod_score
frequencies            | reals | state   | 0.02 0.98    | frequencies p_demes
other_frequencies      | reals | state   | 0.02 0.98    | other_frequencies p_other
deme_sizes             | reals | state   | 5 60         | deme_sizes n_demes
fixation_index         | real  | result  | 0 0.8        | f_st fixation_index
nei_distance           | real  | result  | 0 1.5        | d_nei nei_distance
"""


def mean_fitness(allele_frequency, fitness):
    q = 1.0 - allele_frequency
    hardy_weinberg = wp.vec3(allele_frequency * allele_frequency, 2.0 * allele_frequency * q, q * q)
    return wp.dot(hardy_weinberg, fitness)


def selected_frequency(allele_frequency, fitness, mean_fitness):
    """Wright's change of an allele's frequency under selection."""
    q = 1.0 - allele_frequency
    marginal = allele_frequency * fitness[0] + q * fitness[1]
    next_allele_frequency = wp.min(allele_frequency * marginal / mean_fitness, 1.0)
    return next_allele_frequency


def drifted_frequency(allele_frequency, population_size, rng):
    """Wright-Fisher drift in its normal approximation."""
    sigma = wp.sqrt(allele_frequency * (1.0 - allele_frequency) / (2.0 * population_size))
    next_allele_frequency = wp.clamp(allele_frequency + sigma * wp.randn(rng), 0.0, 1.0)
    return next_allele_frequency


def mutated_frequency(allele_frequency, mutation):
    back_mutation = 0.5 * mutation
    next_allele_frequency = allele_frequency * (1.0 - mutation) + (1.0 - allele_frequency) * back_mutation
    return next_allele_frequency


def counted_frequency(genotypes):
    total = genotypes[0] + genotypes[1] + genotypes[2]
    allele_frequency = (genotypes[0] + 0.5 * genotypes[1]) / total
    return allele_frequency


def heterozygosity(allele_frequency):
    return 2.0 * allele_frequency * (1.0 - allele_frequency)


def inbred_heterozygosity(allele_frequency, inbreeding):
    expected = 2.0 * allele_frequency * (1.0 - allele_frequency)
    heterozygosity = (1.0 - inbreeding) * expected
    return heterozygosity


def hardy_weinberg_chi(genotypes):
    """Chi-squared statistic against Hardy-Weinberg proportions."""
    n = genotypes[0] + genotypes[1] + genotypes[2]
    p = (2.0 * genotypes[0] + genotypes[1]) / (2.0 * n)
    q = 1.0 - p
    expected = wp.vec3(n * p * p, 2.0 * n * p * q, n * q * q)
    error = genotypes - expected
    chi_squared = wp.dot(wp.cw_div(error, expected), error)
    return chi_squared


def fixation_index(frequencies, deme_sizes):
    """Wright's F_ST of several subpopulations."""
    total = float(0.0)
    mean_p = float(0.0)
    within = float(0.0)
    for n in range(wp.min(len(frequencies), len(deme_sizes))):
        p = frequencies[n]
        total += deme_sizes[n]
        mean_p += deme_sizes[n] * p
        within += deme_sizes[n] * 2.0 * p * (1.0 - p)
    mean_p = mean_p / total
    expected = wp.max(2.0 * mean_p * (1.0 - mean_p), 1.0e-6)
    return 1.0 - within / (total * expected)


def nei_distance(frequencies, other_frequencies):
    """Nei's standard genetic distance over the alleles of a locus."""
    shared = float(0.0)
    own = float(0.0)
    other = float(0.0)
    for n in range(wp.min(len(frequencies), len(other_frequencies))):
        shared += frequencies[n] * other_frequencies[n]
        own += frequencies[n] * frequencies[n]
        other += other_frequencies[n] * other_frequencies[n]
    identity = shared / wp.sqrt(own * other)
    return -wp.log(wp.clamp(identity, 1.0e-6, 1.0))


def map_distance(crossover):
    """Haldane's map function, in centimorgans."""
    return -50.0 * wp.log(1.0 - 2.0 * crossover)


def kosambi_distance(crossover):
    """Kosambi's map function, in centimorgans."""
    map_distance = 25.0 * wp.log((1.0 + 2.0 * crossover) / (1.0 - 2.0 * crossover))
    return map_distance


def kosambi_crossover(map_distance):
    crossover = 0.5 * wp.tanh(0.02 * map_distance)
    return crossover


def kimura_distance(transitions, transversions):
    """Kimura's two-parameter distance between sequences."""
    w1 = 1.0 - 2.0 * transitions - transversions
    w2 = 1.0 - 2.0 * transversions
    divergence = -0.5 * wp.log(w1) - 0.25 * wp.log(w2)
    return divergence


def jukes_cantor(transitions, transversions):
    """Jukes-Cantor distance between sequences."""
    differing = transitions + transversions
    divergence = -0.75 * wp.log(1.0 - 4.0 / 3.0 * differing)
    return divergence


def migrated_frequency(allele_frequency, source_frequency, gene_flow):
    """Island model: a share of the genes comes from a source population."""
    next_allele_frequency = (1.0 - gene_flow) * allele_frequency + gene_flow * source_frequency
    return next_allele_frequency


def generation(allele_frequency, selection, dominance, mutation, gene_flow, source_frequency):
    """A generation of selection, mutation and gene flow, one after another."""
    p = allele_frequency
    q = 1.0 - p
    w_aa = 1.0
    w_ab = 1.0 - dominance * selection
    w_bb = 1.0 - selection
    w_mean = p * p * w_aa + 2.0 * p * q * w_ab + q * q * w_bb
    selected = p * (p * w_aa + q * w_ab) / w_mean
    mutated = selected * (1.0 - mutation) + (1.0 - selected) * 0.1 * mutation
    next_allele_frequency = mutated + gene_flow * (source_frequency - mutated)
    return next_allele_frequency


def fixation_chance(allele_frequency, selection, population_size):
    """Kimura's probability that an allele is fixed, by its limit without selection."""
    s = 2.0 * population_size * selection
    if wp.abs(s) < 0.01:
        return allele_frequency
    return (1.0 - wp.exp(-wp.min(2.0 * s * allele_frequency, 40.0))) / (1.0 - wp.exp(-wp.min(2.0 * s, 40.0)))


def wright_fisher(allele_frequency, gene_copies, rng):
    """Wright-Fisher generation that draws every copy of a gene."""
    count = int(0)
    for _ in range(gene_copies):
        if wp.randf(rng) < allele_frequency:
            count += 1
    next_allele_frequency = float(count) / float(gene_copies)
    return next_allele_frequency


def linkage_disequilibrium(haplotypes):
    """Squared correlation of two loci from the shares of their four haplotypes."""
    total = haplotypes[0] + haplotypes[1] + haplotypes[2] + haplotypes[3]
    p_ab = haplotypes[0] / total
    p_a = (haplotypes[0] + haplotypes[1]) / total
    p_b = (haplotypes[0] + haplotypes[2]) / total
    d = p_ab - p_a * p_b
    scale = p_a * (1.0 - p_a) * p_b * (1.0 - p_b)
    if scale < 1.0e-6:
        return 0.0
    return d * d / scale


def haplotype_share(double_hets, certain_haplotypes, first_frequency, second_frequency):
    """Share of a haplotype by expectation maximization over double heterozygotes."""
    share = float(first_frequency * second_frequency)
    for _ in range(15):
        coupling = share * wp.max(1.0 - first_frequency - second_frequency + share, 0.0)
        repulsion = wp.max(first_frequency - share, 0.0) * wp.max(second_frequency - share, 0.0)
        expected = 0.5
        if coupling + repulsion > 1.0e-8:
            expected = coupling / (coupling + repulsion)
        updated = (certain_haplotypes + double_hets * expected) / (certain_haplotypes + double_hets + 20.0)
        change = updated - share
        share = updated
        if wp.abs(change) < 1.0e-6:
            break
    haplotype_share = share
    return haplotype_share


def decayed_disequilibrium(disequilibrium, crossover, generations):
    disequilibrium_left = disequilibrium * wp.pow(1.0 - crossover, generations)
    return disequilibrium_left


def tajima_distance(transitions, transversions, gamma_shape):
    """Kimura's distance with rates that vary among sites by a gamma distribution."""
    w1 = 1.0 - 2.0 * transitions - transversions
    w2 = 1.0 - 2.0 * transversions
    b = -1.0 / gamma_shape
    divergence = 0.5 * gamma_shape * (wp.pow(w1, b) + 0.5 * wp.pow(w2, b) - 1.5)
    return divergence


def association_score(case_counts, control_counts):
    """Armitage's trend test of genotypes in cases and controls."""
    n_case = case_counts[0] + case_counts[1] + case_counts[2]
    n_control = control_counts[0] + control_counts[1] + control_counts[2]
    total = n_case + n_control
    het = case_counts[1] + control_counts[1]
    hom = case_counts[2] + control_counts[2]
    score = n_control * (case_counts[1] + 2.0 * case_counts[2]) - n_case * (control_counts[1] + 2.0 * control_counts[2])
    spread = total * (het + 4.0 * hom) - (het + 2.0 * hom) * (het + 2.0 * hom)
    variance = n_case * n_control / total * wp.max(spread, 1.0)
    return score * score / variance


def odds_ratio(case_counts, control_counts):
    """Allelic odds ratio."""
    case_minor = 2.0 * case_counts[2] + case_counts[1]
    case_major = 2.0 * case_counts[0] + case_counts[1]
    control_minor = 2.0 * control_counts[2] + control_counts[1]
    control_major = 2.0 * control_counts[0] + control_counts[1]
    return case_minor * control_major / (case_major * control_minor)


def genotype_call(reference_reads, alternate_reads, error_rate):
    """Most likely genotype from counts of reads: 0, 1 or 2 copies of the alternate allele."""
    log_err = wp.log(error_rate)
    log_ok = wp.log(1.0 - error_rate)
    ref = float(reference_reads)
    alt = float(alternate_reads)
    hom_ref = ref * log_ok + alt * log_err
    het = -0.6931 * (ref + alt)
    hom_alt = ref * log_err + alt * log_ok
    if het > hom_ref and het > hom_alt:
        return 1
    if hom_alt > hom_ref:
        return 2
    return 0


def breeding_response(heritability, selection_intensity, trait_spread):
    """Breeder's equation."""
    return heritability * selection_intensity * trait_spread


def lod_score(recombinants, nonrecombinants):
    """Logarithm of the odds of linkage at the best recombination fraction."""
    meioses = float(recombinants + nonrecombinants)
    theta = wp.clamp(float(recombinants) / meioses, 0.01, 0.5)
    linked = float(recombinants) * wp.log10(theta) + float(nonrecombinants) * wp.log10(1.0 - theta)
    return linked - meioses * wp.log10(0.5)
