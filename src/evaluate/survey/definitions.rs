//! What every number of a survey means.

use std::collections::BTreeMap;

/// Name and definition of every quantity in `geometry.json`, `points.csv`, `pairs.csv` and `stability.csv`.
///
/// Lengths are in the unit of the locally flat frame R^m (suffix `lf`), curvatures in its inverse
/// square.
pub fn definitions() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from(DEFINITIONS)
}

const DEFINITIONS: [(&str, &str); 31] = [
    ("point", "number of the molecule in the sample, from 0"),
    (
        "row",
        "number of its row in the table, the first being 1 (training molecules: in the joined tables)",
    ),
    ("molecule", "its SMILES, or its features joined by ;"),
    (
        "latent",
        "z_t = E_t(x): its coordinates in the task's chart, d numbers joined by ;",
    ),
    (
        "rank",
        "rank of the Jacobian J of phi_t at z_t: singular values above 3.2e-7 times the largest; below d there is no metric, and the row says so in `note`",
    ),
    ("singular_values_lf", "of J, descending, joined by ;"),
    (
        "metric_eigenvalues_lf2",
        "eigenvalues of g = J^T J, ascending, joined by ;: the squares of the singular values",
    ),
    ("condition", "ratio of the extreme eigenvalues of g"),
    (
        "volume_element_lf_d",
        "sqrt(det g), in units of lf to the power d",
    ),
    (
        "scalar_curvature_per_lf2",
        "R = g^jl Ric_jl by the Gauss equation; +d(d-1)/r^2 on a sphere of radius r; 0 by construction where m = d, blank where d = 1",
    ),
    (
        "sectional_min_per_lf2",
        "smallest sectional curvature of a plane: exact where d <= 3, above it the smallest found by ascent over planes from seeded starts (attained by a plane)",
    ),
    (
        "sectional_max_per_lf2",
        "largest sectional curvature of a plane, likewise",
    ),
    (
        "sectional_lower_per_lf2",
        "bound: the smallest eigenvalue of the curvature operator on bivectors; no plane has less",
    ),
    (
        "sectional_upper_per_lf2",
        "bound: the largest eigenvalue of the curvature operator on bivectors; no plane has more",
    ),
    (
        "flatness_radius_lf",
        "rho = sqrt(3 eps / max|K|) with the extreme curvatures found: to leading order the metric in normal coordinates differs from the identity by less than eps within it; inf (null in JSON) where K = 0",
    ),
    (
        "certified_radius_lf",
        "the same with the bounds, so at most the flatness radius",
    ),
    (
        "inverse_error_lf",
        "length of psi_t(phi_t(z)) - z in g_t: how far the inverse transfer is from one",
    ),
    ("note", "why a quantity does not exist here"),
    ("from", "task s of the transition tau = psi_t o phi_s"),
    ("to", "task t of the transition tau = psi_t o phi_s"),
    (
        "consistency_lf",
        "|phi_s(z_s) - phi_t(z_t)|: how far the two charts put the molecule apart",
    ),
    (
        "scale_lf",
        "median distance of phi(z) from its mean over the sample, averaged over both tasks: what errors are compared with",
    ),
    (
        "overlap_error",
        "the largest of the consistency and the inverse errors of both tasks, over the scale",
    ),
    (
        "overlap",
        "1 where the overlap error is at most overlap_tolerance (in the configuration), 0 elsewhere",
    ),
    (
        "isometry",
        "Frobenius norm of L_s^-1 (Dtau^T g_t Dtau) L_s^-T - I, g_s = L_s L_s^T: 0 where tau preserves lengths; a direction that tau collapses adds 1 to its square, so a map onto the curve or surface along which the data lie has about sqrt(d - 1) or sqrt(d - 2)",
    ),
    (
        "affine_per_lf",
        "norm of nabla d tau in g_s and g_t: 0 where images of geodesics through the point do not turn there",
    ),
    (
        "curvature_per_lf2",
        "|R_t(tau(z)) - R_s(z)|, scalar curvatures; 0 by construction where m = d, blank where d = 1",
    ),
    ("inverse_lf", "length of tau_ts(tau_st(z)) - z in g_s"),
    (
        "cocycle_lf",
        "length of tau_ut(tau_su(z)) - tau_st(z) in g_t, the longest over the tasks u between; blank with two tasks",
    ),
    (
        "cka",
        "linear centred kernel alignment of the target's latent vectors in two models at the same points, |Y^T X|_F^2 / (|X^T X|_F |Y^T Y|_F) of centred columns: 1 where they differ by a rotation, a scale and a shift, 0 where they are uncorrelated; blank where all of one model's are the same",
    ),
    (
        "quantiles",
        "p05 … p95 with linear interpolation between neighbours in order, over the n points where the quantity exists",
    ),
];
